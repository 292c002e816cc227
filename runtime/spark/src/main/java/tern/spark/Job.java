package tern.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

/// What is done to each row of a data set. The rows come back in their order, with columns of what was found and a column `error`, which tells
/// why nothing was found in a row.
///
/// @param text   the column that is read
/// @param given  of `score`: the column that comes before it; empty for none
/// @param key    the column whose value, with the seed, decides what is drawn; empty for the text itself
/// @param limits of `generate`
public record Job(Verb verb, ModelAt model, String text, String given, String key, Limits limits) implements Serializable {

    /// What a model can do with a text.
    public enum Verb {
        /// Continues it: `output`, `tokens`, `complete`.
        GENERATE(new StructType().add("output", DataTypes.StringType).add("tokens", DataTypes.IntegerType).add("complete", DataTypes.BooleanType)),
        /// Says how likely it is after another: `log_likelihood` in nats, `tokens`.
        SCORE(new StructType().add("log_likelihood", DataTypes.DoubleType).add("tokens", DataTypes.IntegerType)),
        /// Makes a vector of length 1 of it: `vector`.
        EMBED(new StructType().add("vector", DataTypes.createArrayType(DataTypes.FloatType, false))),
        /// Says how surprising it is: `perplexity`, `tokens`.
        PPL(new StructType().add("perplexity", DataTypes.DoubleType).add("tokens", DataTypes.IntegerType));

        private final StructType columns;

        Verb(StructType columns) {
            this.columns = columns;
        }

        /// Of what is found, without `error`.
        StructType columns() {
            return columns;
        }
    }

    /// How a text is continued. A value is a constant, or `column:NAME`.
    public record Limits(String tokens, String temperature, String topP, long seed) implements Serializable {

        /// At most 64 tokens, the most likely ones.
        public static final Limits GREEDY = new Limits("64", "0", "1", 0);
    }

    /// Of a column `prompt`, or `text` where nothing is generated, with the most likely tokens.
    public static Job of(Verb verb, ModelAt model) {
        return new Job(verb, model, verb == Verb.GENERATE ? "prompt" : "text", "", "", Limits.GREEDY);
    }

    public Job withText(String column) {
        return new Job(verb, model, column, given, key, limits);
    }

    public Job withKey(String column) {
        return new Job(verb, model, text, given, column, limits);
    }

    public Job withLimits(Limits others) {
        return new Job(verb, model, text, given, key, others);
    }

    /// @throws IllegalArgumentException if a column is missing, or has the name of one that is added, or a limit is no number
    public Dataset<Row> apply(Dataset<Row> rows) {
        StructType schema = rows.schema();
        List<String> there = Arrays.asList(schema.fieldNames());
        for (String wanted : List.of(text, given, key, column(limits.tokens), column(limits.temperature), column(limits.topP)))
            if (!wanted.isEmpty() && !there.contains(wanted)) throw new IllegalArgumentException("there is no column '%s': %s".formatted(wanted, there));
        for (String limit : List.of(limits.tokens, limits.temperature, limits.topP)) if (column(limit).isEmpty()) number(limit);
        StructType added = verb.columns().add("error", DataTypes.StringType);
        for (StructField field : added.fields()) {
            if (there.contains(field.name())) throw new IllegalArgumentException("there is a column '%s' already: rename it".formatted(field.name()));
            schema = schema.add(field);
        }
        SparkContext context = rows.sparkSession().sparkContext();
        var counts =
                new Counts(context.longAccumulator("tern rows"), context.longAccumulator("tern errors"), context.longAccumulator("tern tokens"), new Rate());
        context.register(counts.rate, "tern tokens/s");
        MapPartitionsFunction<Row, Row> work = partition -> new Rows(this, counts, partition);
        return rows.mapPartitions(work, Encoders.row(schema));
    }

    /// The column that a value names; empty for a constant.
    static String column(String value) {
        return value.startsWith("column:") ? value.substring("column:".length()) : "";
    }

    static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'%s' is no number".formatted(text), e);
        }
    }

    /// What Spark's page of a stage shows; a task that is tried again counts again.
    record Counts(LongAccumulator rows, LongAccumulator errors, LongAccumulator tokens, Rate rate) implements Serializable {}
}
