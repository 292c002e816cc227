package tern.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/// Functions of SQL: `tern_generate(prompt)` is a text, `tern_embed(text)` an array of floats; both are null for a row that is bad. A task has
/// one row under way at a time, so that as many generate together as tasks run on an executor; [Job] has more.
public final class TernSql {

    private static final StructType TEXT = new StructType().add("text", DataTypes.StringType);

    private TernSql() {}

    /// Makes the functions known to a session.
    public static void register(SparkSession spark, ModelAt model, Job.Limits limits) {
        Job generate = Job.of(Job.Verb.GENERATE, model).withText("text").withLimits(limits), embed = Job.of(Job.Verb.EMBED, model);
        UDF1<String, @Nullable Object> continued = text -> found(generate, text), vector = text -> found(embed, text);
        spark.udf().register("tern_generate", continued, DataTypes.StringType);
        spark.udf().register("tern_embed", vector, DataTypes.createArrayType(DataTypes.FloatType, false));
    }

    private static @Nullable Object found(Job job, String text) {
        Row row = new GenericRowWithSchema(new Object[] {text}, TEXT);
        RowWork.Done done = new RowWork(job, Hosted.of(job.model())).of(row);
        return done.isBad() ? null : done.row().get(1);
    }
}
