package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.SparkFiles;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;
import tern.api.Generate;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.BundleFile;
import tern.autotune.bundle.SigningKey;
import tern.autotune.record.Records;
import tern.autotune.record.Tuned;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.text.Tir;

/// Rows in Spark's local mode.
class JobTest {

    @TempDir
    private static Path folder;

    private static SparkSession spark;
    private static ModelAt small;

    @BeforeAll
    static void start() throws Exception {
        spark = Samples.session("local[2]", folder).getOrCreate();
        small = ModelAt.of(Samples.model(folder).toString()).withContext(64).withParallel(4);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static List<Row> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().sorted(Comparator.comparing(r -> r.<Long>getAs("id"))).toList();
    }

    private static Job job(Job.Verb verb) {
        return Job.of(verb, small).withText("prompt").withLimits(new Job.Limits("4", "0", "1", 0));
    }

    /// By machine code, where the processor has it, and by bytecode. The first two texts have the likeliest tokens; others are drawn, at a
    /// temperature at which nothing is certain, and the last has the text of the third.
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:bytecode"})
    void aRowIsTheSameInAnyPartitioning(String device) {
        ModelAt model = small.withDevice(device);
        Job job = Job.of(Job.Verb.GENERATE, model).withKey("id").withLimits(new Job.Limits("column:n", "column:t", "1", 7));
        Dataset<Row> rows = Samples.rows(spark, 6).selectExpr("id", "SUBSTRING(prompt, 1, 2) AS prompt", "2 AS n", "IF(id < 2, 0.0, 4.0) AS t").where("id < 7");
        List<Row> one = sorted(job.apply(rows.repartition(1)));
        for (int partitions : new int[] {2, 7}) assertThat(sorted(job.apply(rows.repartition(partitions)))).isEqualTo(one);
        List<String> outputs = one.stream().map(r -> r.<String>getAs("output")).toList();
        assertThat(outputs.get(2)).as("another key draws otherwise").isNotEqualTo(outputs.get(5));
        for (int i = 0; i < 2; i++)
            assertThat(outputs.get(i)).as("what it has alone")
                    .isEqualTo(Hosted.of(model).generate(one.get(i).getAs("prompt"), Generate.GREEDY.withMost(2), _ -> {}).text());
    }

    @Test
    void aBadRowIsARowWithAnError() {
        List<Row> rows = sorted(job(Job.Verb.GENERATE).apply(Samples.rows(spark, 2)));
        assertThat(rows).extracting(r -> r.<String>getAs("error")).containsExactly(
                null, null, "'prompt' is null", "the prompt has 10001 tokens, and the context 64");
        assertThat(rows).extracting(r -> r.<String>getAs("output") == null).containsExactly(false, false, true, true);
    }

    @Test
    void textsAreScored() {
        Dataset<Row> rows = Samples.rows(spark, 3).where("id < 3");
        var score = new Job(Job.Verb.SCORE, small, "prompt", "given", "", Job.Limits.GREEDY);
        assertThat(sorted(score.apply(rows))).allSatisfy(r -> assertThat(r.<Double>getAs("log_likelihood"))
                .isEqualTo(-Hosted.of(small).score("it is", r.getAs("prompt")).nats()).isNegative());
        assertThat(sorted(job(Job.Verb.PPL).apply(rows))).first().satisfies(r -> assertThat(r.<Double>getAs("perplexity")).isGreaterThan(1));
    }

    private static Float[] vector(String text) {
        float[] vector = Hosted.of(small).embed(text);
        var numbers = new Float[vector.length];
        for (int i = 0; i < numbers.length; i++) numbers[i] = vector[i];
        return numbers;
    }

    @Test
    void textsBecomeVectors() {
        List<Row> rows = sorted(job(Job.Verb.EMBED).apply(Samples.rows(spark, 3)));
        for (Row row : rows.subList(0, 3)) assertThat(row.<Float>getList(row.fieldIndex("vector"))).containsExactly(vector(row.getAs("prompt")));
        assertThat(rows.get(3).<String>getAs("error")).isEqualTo("'prompt' is null");
    }

    @Test
    void sqlHasTheFunctions() {
        TernSql.register(spark, small, new Job.Limits("4", "0", "1", 0));
        Samples.rows(spark, 3).createOrReplaceTempView("texts");
        List<Row> found = spark.sql("SELECT tern_generate(prompt), tern_embed(prompt) FROM texts ORDER BY id").collectAsList();
        List<Row> same = sorted(job(Job.Verb.GENERATE).apply(Samples.rows(spark, 3)));
        assertThat(found).extracting(r -> r.getString(0)).isEqualTo(same.stream().map(r -> r.<String>getAs("output")).toList()).hasSize(5);
        assertThat(found.get(1).<Float>getList(1)).containsExactly(vector("a fox"));
        assertThat(found.get(3).isNullAt(1)).as("no vector of a null").isTrue();
    }

    /// What the pages of Spark show of a stage.
    @Test
    void aStageCountsRowsErrorsAndTokens() throws Exception {
        var counts = new HashMap<String, String>();
        var listener = new SparkListener() {
            @Override
            public void onStageCompleted(SparkListenerStageCompleted stage) {
                CollectionConverters.asJava(stage.stageInfo().accumulables()).values().stream().filter(a -> a.name().get().startsWith("tern "))
                        .forEach(a -> counts.put(a.name().get(), String.valueOf(a.value().get())));
            }
        };
        spark.sparkContext().addSparkListener(listener);
        List<Row> rows = sorted(job(Job.Verb.GENERATE).apply(Samples.rows(spark, 3)));
        spark.sparkContext().listenerBus().waitUntilEmpty();
        spark.sparkContext().removeSparkListener(listener);
        int tokens = rows.stream().filter(r -> r.getAs("error") == null).mapToInt(r -> r.<Integer>getAs("tokens")).sum();
        assertThat(counts).containsAllEntriesOf(Map.of("tern rows", "5", "tern errors", "2", "tern tokens", String.valueOf(tokens)));
        assertThat(counts.get("tern tokens/s")).matches("[0-9]+\\.[0-9]");
    }

    @Test
    void tokensASecondAreThoseOfAllTasks() {
        Rate one = new Rate(), other = new Rate();
        one.count(100, 1000, 3000);
        other.count(60, 2000, 5000);
        one.merge(other.copy());
        assertThat(one.value()).isEqualTo("40.0");
        assertThat(one.copyAndReset().isZero()).isTrue();
    }

    @Test
    void wrongColumnsAndNumbersAreSaid() {
        Dataset<Row> rows = Samples.rows(spark, 1);
        Job job = Job.of(Job.Verb.GENERATE, small);
        assertThatThrownBy(() -> job.withLimits(new Job.Limits("4", "warm", "1", 0)).apply(rows)).hasMessage("'warm' is no number");
        assertThatThrownBy(() -> job.withText("x").apply(rows)).hasMessage("there is no column 'x': [id, prompt, given]");
        assertThatThrownBy(() -> job.apply(rows.withColumnRenamed("given", "tokens"))).hasMessage("there is a column 'tokens' already: rename it");
    }

    /// In which all are texts, numbers too.
    @Test
    void rowsOfCsv() {
        Dataset<Row> texts =
                Samples.rows(spark, 2).selectExpr("CAST(id AS STRING) AS id", "IF(id = 0, '9+8=', 'a, fox') AS prompt", "IF(id = 2, 'two', '2') AS n")
                        .where("id < 3");
        texts.write().option("header", "true").csv(folder.resolve("in.csv").toString());
        Main.run("generate", "--model", small.uri(), "--in", folder.resolve("in.csv").toString(), "--out", folder.resolve("out.csv").toString(), "--context",
                "64", "--parallel", "4", "--tokens", "column:n", "--key", "id");
        List<Row> rows = spark.read().option("header", "true").csv(folder.resolve("out.csv").toString()).orderBy("id").collectAsList();
        assertThat(rows).extracting(r -> r.<String>getAs("tokens")).containsExactly("2", "2", null);
        assertThat(rows.get(1).<String>getAs("output")).isEqualTo(Hosted.of(small).generate("a, fox", Generate.GREEDY.withMost(2), _ -> {}).text());
        assertThat(rows.get(2).<String>getAs("error")).isEqualTo("'two' is no number");
    }

    @Test
    void filesAreReadAndWrittenOnce() throws Exception {
        Samples.rows(spark, 3).write().json(folder.resolve("in.jsonl").toString());
        String out = folder.resolve("out.parquet").toString();
        String[] args = {"generate", "--model", small.uri(), "--in", folder.resolve("in.jsonl").toString(), "--out", out, "--context", "64", "--parallel", "4",
            "--tokens", "4"};
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

    /// Any file system of Hadoop's, here one that `spark.hadoop.*` mounts.
    @Test
    void aModelOfAnotherStoreIsCopiedOnce() throws IOException {
        Path host = Files.createDirectory(folder.resolve("host")), copy = Hosted.local(Samples.REMOTE, host);
        assertThat(copy).startsWith(host).hasSameBinaryContentAs(Path.of(small.uri()));
        var made = Files.getLastModifiedTime(copy);
        assertThat(Hosted.local(Samples.REMOTE, host)).isEqualTo(copy);
        assertThat(Files.getLastModifiedTime(copy)).isEqualTo(made);
    }

    @Test
    void aModelThatFilesBroughtIsFound() throws IOException {
        spark.sparkContext().addFile(small.uri());
        assertThat(Hosted.local("small.gguf", folder)).isEqualTo(Path.of(SparkFiles.get("small.gguf"))).hasSameBinaryContentAs(Path.of(small.uri()));
    }

    @Test
    void allTasksShareAModelWithTheExecutorsCores() {
        assertThat(Hosted.of(small)).isSameAs(Hosted.of(small.withContext(64)));
        assertThat(Hosted.cores()).as("as Samples has it").isEqualTo(1);
    }

    /// A bundle, a file of records; and a database, which is away.
    @Test
    void tunedKernelsComeFromElsewhere() throws IOException {
        Path bundle = folder.resolve("tuned.bundle");
        Device device = Samples.device();
        var use = new Use("w", Tir.library().kernel("bitlinear"), 128, 128, 32, 1);
        Tuned winner = Samples.winner(use, device);
        BundleFile.write(bundle, new Bundle(Instant.EPOCH, List.of(winner), List.of()), SigningKey.in(folder));
        String file = folder.resolve("tuned.db").toString();
        try (Records records = Records.open(file)) {
            records.add(winner);
        }
        assertThat(Hosted.tuned(small.withRecords(file), device, 1).tuned(use)).isPresent();
        assertThat(Hosted.tuned(small.withRecords(bundle.toString()), device, 1).tuned(use)).isPresent();
        assertThat(Hosted.tuned(small.withRecords(bundle.toString()), device, 2).tuned(use)).as("with as many cores only").isEmpty();
        assertThat(Hosted.tuned(small.withRecords("jdbc:postgresql://localhost:1/none"), device, 1).tuned(use)).isEmpty();
    }

    @Test
    void aModelThatIsNotThereIsOneLine() {
        Job job = Job.of(Job.Verb.GENERATE, ModelAt.of("none.gguf"));
        assertThatThrownBy(() -> job.apply(Samples.rows(spark, 1)).collectAsList())
                .extracting(Main::line).isEqualTo("none.gguf cannot be opened: no such file on this host, and --files brought none");
    }

    /// A terabyte, which the system does not give. That an executor says so to whoever submitted is [ClusterTest]'s.
    @Test
    void aModelThatDoesNotFitNamesTheExecutorsSettings() throws IOException {
        Assumptions.assumeTrue(Samples.memoryIsRefused(), "this system promises memory that it has not");
        ModelAt wide = Samples.wide(folder);
        assertThatThrownBy(() -> Hosted.of(wide)).message().startsWith(wide.uri() + " does not fit this executor (the system gives no ")
                .endsWith(" bytes): raise spark.executor.memoryOverhead, or spark.executor.memory if the heap is meant, or lower --parallel and --context");
    }
}
