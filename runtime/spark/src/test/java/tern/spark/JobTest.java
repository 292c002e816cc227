package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;

/// Rows of sums in Spark's local mode.
class JobTest {

    private static final int SUMS = 3;

    @TempDir
    private static Path folder;

    private static SparkSession spark;
    private static ModelAt sums;

    @BeforeAll
    static void start() throws Exception {
        spark = Sums.session("local[2]", folder).getOrCreate();
        sums = ModelAt.of(Sums.model(folder).toString()).withContext(64).withParallel(4);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static List<Row> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().sorted(Comparator.comparing(r -> r.<Long>getAs("id"))).toList();
    }

    /// Every second row is drawn, at a temperature at which nothing is certain, the others are the likeliest.
    @ParameterizedTest
    @ValueSource(strings = {"cpu:machine", "cpu:bytecode"})
    void aRowIsTheSameInAnyPartitioning(String device) throws Exception {
        ModelAt model = sums.withDevice(device);
        Job job = Job.of(Job.Verb.GENERATE, model).withKey("id").withLimits(new Job.Limits("column:n", "column:t", "1", 7));
        Dataset<Row> rows = Sums.rows(spark, SUMS, 4).selectExpr("*", "(id % 2) * 4.0 AS t");
        List<Row> one = sorted(job.apply(rows.repartition(1)));
        for (int partitions : new int[] {2, 7}) assertThat(sorted(job.apply(rows.repartition(partitions)))).isEqualTo(one);
        List<String> likeliest = outputs(one, 0), drawn = outputs(one, 1);
        assertThat(drawn.subList(0, 3)).as("another key draws otherwise").isNotEqualTo(drawn.subList(3, 6));
        try (Tern alone = Tern.open(Path.of(model.uri()), Options.USUAL.withDevice(device).withContext(64).withFolder(folder.resolve("cache")))) {
            for (int i = 0; i < likeliest.size(); i++)
                assertThat(likeliest.get(i)).isEqualTo(alone.generate(one.get(2 * i).getAs("prompt"), Generate.GREEDY.withMost(12), _ -> {}).text());
        }
    }

    private static List<String> outputs(List<Row> rows, int rest) {
        return IntStream.range(0, SUMS * 4).filter(i -> i % 2 == rest).mapToObj(i -> rows.get(i).<String>getAs("output")).toList();
    }

    @Test
    void aBadRowIsARowWithAnError() throws Exception {
        List<Row> rows = sorted(Job.of(Job.Verb.GENERATE, sums).apply(Sums.rows(spark, 2, 1)));
        assertThat(rows).extracting(r -> r.<String>getAs("error")).containsExactly(
                null, null, "'prompt' is null", "the prompt has 10001 tokens, and the context 64");
        assertThat(rows).extracting(r -> r.<String>getAs("output") == null).containsExactly(false, false, true, true);
    }

    @Test
    void textsAreScored() throws Exception {
        Dataset<Row> rows = Sums.rows(spark, 3, 1);
        rows.createOrReplaceTempView("sums");
        Dataset<Row> pairs = spark.sql("SELECT id, prompt, CONCAT(prompt, '0') AS wrong, '7' AS digit FROM sums WHERE id < 3");
        var score = new Job(Job.Verb.SCORE, sums, "digit", "prompt", "", Job.Limits.GREEDY);
        assertThat(sorted(score.apply(pairs))).allSatisfy(r -> {
            assertThat(r.<Double>getAs("log_likelihood")).isNegative();
            assertThat(r.<Integer>getAs("tokens")).isEqualTo(1);
        });
        assertThat(sorted(Job.of(Job.Verb.PPL, sums).withText("prompt").apply(pairs)))
                .allSatisfy(r -> assertThat(r.<Double>getAs("perplexity")).isGreaterThan(1));
    }

    @Test
    void wrongColumnsAreSaid() throws Exception {
        Dataset<Row> rows = Sums.rows(spark, 1, 1);
        Job job = Job.of(Job.Verb.GENERATE, sums);
        assertThatThrownBy(() -> job.withText("x").apply(rows)).hasMessage("there is no column 'x': [id, prompt, n]");
        assertThatThrownBy(() -> job.apply(rows.withColumnRenamed("n", "tokens"))).hasMessage("there is a column 'tokens' already: rename it");
    }

    @Test
    void sqlHasTheFunctions() throws Exception {
        TernSql.register(spark, sums, new Job.Limits("12", "0", "1", 0));
        Sums.rows(spark, 3, 1).createOrReplaceTempView("sums");
        List<Row> found = spark.sql("SELECT tern_generate(prompt) FROM sums ORDER BY id").collectAsList();
        assertThat(found).extracting(r -> r.getString(0)).startsWith(
                sorted(Job.of(Job.Verb.GENERATE, sums).withLimits(new Job.Limits("12", "0", "1", 0)).apply(Sums.rows(spark, 3, 1)))
                        .stream().limit(3).map(r -> r.<String>getAs("output")).toArray(String[]::new))
                .endsWith(null, null);
    }

    @Test
    void filesAreReadAndWrittenOnce() throws Exception {
        Sums.rows(spark, 3, 1).write().json(folder.resolve("in.jsonl").toString());
        String out = folder.resolve("out.parquet").toString();
        String[] args = {"generate", "--model", sums.uri(), "--in", folder.resolve("in.jsonl").toString(), "--out", out, "--context", "64", "--tokens", "12"};
        Main.run(args);
        assertThat(spark.read().parquet(out).count()).isEqualTo(5);
        assertThatThrownBy(() -> Main.run(args)).hasMessageContaining("already exists");
        try (var files = Files.list(Path.of(out))) {
            assertThat(files.map(f -> f.getFileName().toString())).contains("_SUCCESS");
        }
    }

    @Test
    void wrongArgumentsAreSaid() {
        Consumer<String[]> run = Main::run;
        assertThatThrownBy(() -> run.accept(new String[] {"sing"})).hasMessageStartingWith("unknown verb sing");
        assertThatThrownBy(() -> run.accept(new String[] {"ppl", "--model", "m"})).hasMessage("--in is missing");
        assertThatThrownBy(() -> run.accept(new String[] {"ppl", "--modle", "m"})).hasMessage("unknown option --modle");
    }

    @Test
    void aModelThatIsNotThereIsOneLine() throws Exception {
        Job job = Job.of(Job.Verb.GENERATE, ModelAt.of("none.gguf"));
        assertThatThrownBy(() -> job.apply(Sums.rows(spark, 1, 1)).collectAsList())
                .hasMessageContaining("none.gguf cannot be opened: no such file on this host, and --files brought none");
    }
}
