package tern.spark;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/// `spark-submit --class tern.spark.Main tern-spark.jar generate|score|embed|ppl --model URI --in DATA --out DATA`.
public final class Main {

    private static final String USAGE = """
            generate|score|embed|ppl --model URI --in DATA --out DATA
              [--text COLUMN] [--given COLUMN] [--key COLUMN] [--tokens N] [--temperature T] [--top-p P] [--seed S]
              [--device D] [--context C] [--parallel N] [--records URL] [--format parquet|json|csv] [--partitions N]
            N, T and P may be column:NAME""";

    private static final List<String> OPTIONS = List.of(
            "model", "in", "out", "text", "given", "key", "tokens", "temperature", "top-p", "seed", "device", "context", "parallel", "records", "format",
            "partitions");

    private final Map<String, String> options = new HashMap<>();

    private Main(List<String> args) {
        for (int i = 0; i < args.size(); i += 2) {
            String name = args.get(i).replaceFirst("^--", "");
            if (!args.get(i).startsWith("--") || !OPTIONS.contains(name)) throw new IllegalArgumentException("unknown option " + args.get(i));
            if (i + 1 == args.size()) throw new IllegalArgumentException("--" + name + " has no value");
            options.put(name, args.get(i + 1));
        }
        var missing = new TreeSet<>(List.of("model", "in", "out"));
        missing.removeAll(options.keySet());
        if (!missing.isEmpty()) throw new IllegalArgumentException("--" + missing.first() + " is missing");
    }

    /// Ends the JVM with 2 if it was asked wrongly, with 1 if it fails; one line says why.
    public static void main(String[] args) {
        try {
            run(args);
        } catch (IllegalArgumentException e) {
            System.err.println("tern: " + e.getMessage());
            System.exit(2);
        } catch (Exception e) { // Scala's are not declared
            System.err.println("tern: " + line(e));
            System.exit(1);
        }
    }

    /// What an executor said in one line, else the first line of what Spark says.
    static String line(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause())
            if (cause instanceof IllegalStateException && cause.getMessage() != null) return cause.getMessage();
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    /// @throws IllegalArgumentException if it is asked wrongly
    static void run(String... args) {
        if (args.length == 0) throw new IllegalArgumentException(USAGE);
        Job.Verb verb = verb(args[0]);
        var main = new Main(List.of(args).subList(1, args.length));
        Job job = main.job(verb);
        SparkSession spark = SparkSession.builder().appName("tern " + args[0]).getOrCreate();
        String from = main.text("in"), to = main.text("out");
        Dataset<Row> rows = read(spark, main.format(from), from);
        int partitions = main.number("partitions", 0);
        Dataset<Row> done = job.apply(partitions > 0 ? rows.repartition(partitions) : rows);
        write(done, main.format(to), to);
    }

    private static Job.Verb verb(String name) {
        for (Job.Verb verb : Job.Verb.values()) if (verb.name().toLowerCase(Locale.ROOT).equals(name)) return verb;
        throw new IllegalArgumentException("unknown verb " + name + "\n" + USAGE);
    }

    private Job job(Job.Verb verb) {
        ModelAt usual = ModelAt.of(text("model"));
        var model = new ModelAt(
                usual.uri(), options.getOrDefault("device", usual.device()), number("context", usual.context()), number("parallel", usual.parallel()),
                options.get("records"));
        Job.Limits greedy = Job.Limits.GREEDY;
        var limits = new Job.Limits(
                options.getOrDefault("tokens", greedy.tokens()), options.getOrDefault("temperature", greedy.temperature()),
                options.getOrDefault("top-p", greedy.topP()), Long.parseLong(options.getOrDefault("seed", "0")));
        Job plain = Job.of(verb, model);
        return new Job(verb, model, options.getOrDefault("text", plain.text()), options.getOrDefault("given", ""), options.getOrDefault("key", ""), limits);
    }

    private String text(String option) {
        return options.getOrDefault(option, "");
    }

    private int number(String option, int otherwise) {
        try {
            return options.containsKey(option) ? Integer.parseInt(text(option)) : otherwise;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + option + " is no number: " + text(option), e);
        }
    }

    /// By the name's end, unless it is said.
    private String format(String place) {
        String said = text("format");
        if (!said.isEmpty()) return said;
        return place.matches(".*\\.jsonl?/?") ? "json" : place.matches(".*\\.csv/?") ? "csv" : "parquet";
    }

    private static Dataset<Row> read(SparkSession spark, String format, String place) {
        return spark.read().format(format).option("header", "true").load(place);
    }

    /// Spark's committer lets nothing be seen twice, whatever is tried again; a place where there is something is refused.
    private static void write(Dataset<Row> rows, String format, String place) {
        rows.write().format(format).option("header", "true").mode("errorifexists").save(place);
    }
}
