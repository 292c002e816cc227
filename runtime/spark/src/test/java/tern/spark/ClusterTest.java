package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tern.api.Options;
import tern.api.Tern;
import tern.autotune.record.Records;
import tern.autotune.record.Tuned;
import tern.ir.device.KernelLibrary.Use;
import tern.scheduler.ScheduleSource;

/// A master and two workers as processes on loopback. They have Spark's jars alone; Tern comes to them as `tern-spark.jar`.
@EnabledIfSystemProperty(named = "tern.spark.jar", matches = ".+", disabledReason = "a real cluster takes minutes: the campaign has it")
@Timeout(value = 2, unit = TimeUnit.HOURS)
class ClusterTest {

    private static final String JAR = System.getProperty("tern.spark.jar", "");
    private static final String EXECUTOR = "-XX:+UseSerialGC --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

    /// Records are of a JVM with the same options, and this one has it from the pom.
    private static final String AS_THIS_JVM = " -XX:TieredStopAtLevel=1";

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();
    private String master = "";
    private @Nullable EmbeddedPostgres server;

    @AfterEach
    void end() throws IOException {
        if (server != null) server.close();
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// Spark starts its processes from a home: links to those jars of this test that are not in Tern's.
    private Path home() throws IOException {
        Path jars = Files.createDirectories(folder.resolve("spark").resolve("jars"));
        try (var ours = new ZipFile(JAR)) {
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                Path jar = Path.of(entry).toAbsolutePath();
                if (Files.isRegularFile(jar) && !isIn(ours, jar)) Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
            }
        }
        return jars.getParent();
    }

    private static boolean isIn(ZipFile all, Path jar) throws IOException {
        try (var one = new ZipFile(jar.toFile())) {
            return Collections.list(one.entries()).stream().map(ZipEntry::getName).filter(name -> name.endsWith(".class") && !name.contains("-")).findFirst()
                    .filter(name -> all.getEntry(name) != null).isPresent();
        }
    }

    /// @return what the process says
    private Path start(String... args) throws IOException {
        Path home = folder.resolve("spark"), log = Files.createFile(folder.resolve("log-" + processes.size() + ".txt"));
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx512m", "-cp", home.resolve("jars") + "/*"));
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", home.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        processes.add(builder.start());
        return log;
    }

    /// A driver that comes before its master gives up after a minute.
    private static void await(Process process, Path log, String said) throws IOException, InterruptedException {
        while (!Files.readString(log).contains(said)) {
            if (!process.isAlive()) throw new AssertionError(Files.readString(log));
            Thread.sleep(200);
        }
    }

    private static int port() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @BeforeEach
    void startCluster() throws IOException, InterruptedException {
        home();
        int port = port();
        master = "spark://127.0.0.1:" + port;
        Path log =
                start("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", String.valueOf(port), "--webui-port", String.valueOf(port()));
        await(processes.getFirst(), log, "New state: ALIVE");
        for (int i = 0; i < 2; i++) {
            log = start("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port",
                    String.valueOf(port()),
                    "--work-dir", folder.resolve("work" + i).toString(), master);
            await(processes.getLast(), log, "Successfully registered with master");
        }
    }

    /// Kills the JVM of one executor as soon as a task has ended.
    private static final class Killer extends SparkListener {
        final AtomicInteger ended = new AtomicInteger(), removed = new AtomicInteger(), killed = new AtomicInteger();
        private final List<Process> processes;

        Killer(List<Process> processes) {
            this.processes = processes;
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (ended.incrementAndGet() != 1) return;
            // A worker's children are executors. Their command line is longer than what the system tells of it.
            processes.stream().skip(1).flatMap(Process::children).findFirst().ifPresent(p -> killed.addAndGet(p.destroyForcibly() ? 1 : 0));
        }

        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
            removed.incrementAndGet();
        }
    }

    private static List<Row> read(SparkSession spark, Path place) {
        return spark.read().parquet(place.toString()).orderBy("id").collectAsList();
    }

    private ModelAt model(String uri) {
        return ModelAt.of(uri).withContext(64).withParallel(4);
    }

    private static Job drawn(ModelAt model) {
        return Job.of(Job.Verb.GENERATE, model).withKey("id").withLimits(new Job.Limits("12", "0.9", "1", 3));
    }

    /// What both executors of the host share, by name and inode: a copy, and packed weights. What is made a second time has another inode.
    private final Set<String> made = ConcurrentHashMap.newKeySet();

    /// Looks for it until it is interrupted.
    private void watch(Path cache) {
        while (!Thread.interrupted()) {
            try (var files = Files.exists(cache) ? Files.walk(cache, 2) : Stream.<Path>empty()) {
                for (Path file : (Iterable<Path>) files.filter(f -> f.toString().matches(".*[.](gguf|packed)"))::iterator)
                    made.add(file.getFileName() + " " + Files.readAttributes(file, BasicFileAttributes.class).fileKey());
                Thread.sleep(20);
            } catch (IOException | UncheckedIOException e) {
                // A file that has just been replaced.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private List<String> made(String end) {
        return made.stream().map(one -> one.replaceFirst(" .*", "")).filter(name -> name.endsWith(end)).toList();
    }

    /// What the pages of Spark show of stages.
    private static String pages(SparkSession spark) throws IOException, InterruptedException {
        var of = URI.create(spark.sparkContext().uiWebUrl().get() + "/api/v1/applications/" + spark.sparkContext().applicationId() + "/stages");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(of).build(), HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void aKilledExecutorChangesNothing() throws Exception {
        Samples.model(folder);
        List<Row> alone;
        try (SparkSession local = Samples.session("local[1]", folder).getOrCreate()) {
            Path whole = folder.resolve("whole.parquet");
            drawn(model(folder.resolve("small.gguf").toString())).apply(Samples.rows(local, 60).repartition(3)).write().parquet(whole.toString());
            alone = read(local, whole);
        }
        Thread watching = Thread.ofPlatform().daemon().start(() -> watch(folder.resolve("cache")));
        try (SparkSession spark = Samples.session(master, folder)
                .config("spark.ui.enabled", "true").config("spark.ui.port", "0")
                .config("spark.jars", JAR)
                .config("spark.executor.memory", "600m")
                .config("spark.executor.extraJavaOptions", EXECUTOR)
                .getOrCreate()) {
            for (String device : List.of("cpu", "cpu:bytecode"))
                for (int partitions : new int[] {1, 2, 7}) {
                    var killer = new Killer(processes);
                    spark.sparkContext().addSparkListener(killer);
                    Path out = folder.resolve(device.replace(':', '-') + partitions + ".parquet");
                    drawn(model(Samples.REMOTE).withDevice(device)).apply(Samples.rows(spark, 60).repartition(partitions)).write().parquet(out.toString());
                    assertThat(killer.killed.get()).as("executors killed").isEqualTo(1);
                    assertThat(read(spark, out)).as("%s, %d partitions", device, partitions).hasSize(62).isEqualTo(alone);
                    spark.sparkContext().listenerBus().waitUntilEmpty();
                    spark.sparkContext().removeSparkListener(killer);
                    assertThat(killer.removed.get()).as("executors that Spark missed").isPositive();
                }
            assertThat(pages(spark)).contains("\"name\" : \"tern rows\"", "\"name\" : \"tern tokens/s\"", "\"numCompleteTasks\" : 7");
        }
        watching.interrupt();
        watching.join();
        assertThat(made(".gguf")).as("copies").hasSize(1);
        assertThat(made(".packed")).as("packed once for each host").isNotEmpty().doesNotHaveDuplicates();
    }

    /// @return what it says
    private String submit(int status, String verb, String model, String out, String... args) throws IOException, InterruptedException {
        Path log = begin(verb, model, out, args);
        assertThat(processes.getLast().waitFor()).as(() -> text(log)).isEqualTo(status);
        return text(log);
    }

    /// @return where it will say something
    private Path begin(String verb, String model, String out, String... args) throws IOException {
        var command = new ArrayList<>(List.of(
                "org.apache.spark.deploy.SparkSubmit", "--master", master, "--class", "tern.spark.Main", "--files", folder.resolve("small.gguf").toString(),
                "--conf", "spark.executor.memory=600m", "--conf", "spark.executor.cores=1", "--conf",
                "spark.executor.extraJavaOptions=" + EXECUTOR + AS_THIS_JVM, "--conf",
                "spark.ui.enabled=false",
                "--conf", "spark.tern.cache=" + folder.resolve("cache"), "--conf", "spark.hadoop.fs.viewfs.mounttable.tern.link./models=" + folder.toUri(),
                JAR));
        command.addAll(List.of(verb, "--model", model, "--in", folder.resolve("in.parquet").toString(), "--text", "prompt", "--parallel", "4",
                "--out", folder.resolve(out).toString()));
        command.addAll(List.of(args));
        return start(command.toArray(String[]::new));
    }

    /// All executors are killed, once, as soon as one opens the model for its rows.
    private void submitAndKill(String device, int partitions, String out, String records) throws IOException, InterruptedException {
        Path opened = folder.resolve("cache").resolve("opening.lock");
        Files.deleteIfExists(opened);
        Path log = begin("generate", "small.gguf", out, "--context", "64", "--device", device, "--partitions", String.valueOf(partitions), "--key", "id",
                "--tokens", "12", "--temperature", "0.9", "--seed", "3", "--records", records);
        Process driver = processes.getLast();
        while (driver.isAlive() && !Files.exists(opened)) Thread.sleep(2);
        long killed = processes.subList(1, 3).stream().flatMap(Process::children).filter(ProcessHandle::destroyForcibly).count();
        assertThat(driver.waitFor()).as(() -> text(log)).isZero();
        assertThat(killed).as("executors killed").isPositive();
        assertThat(text(log)).as("a task was lost").contains("ExecutorLostFailure");
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// Of the products that the model has.
    private List<Tuned> winners() throws IOException {
        var uses = new ArrayList<Use>();
        ScheduleSource asked = use -> {
            uses.add(use);
            return Optional.empty();
        };
        try (Tern _ = Tern.open(folder.resolve("small.gguf"), Options.USUAL.withContext(64).withThreads(1).withFolder(folder.resolve("asked")), _ -> asked)) {
            return uses.stream().map(use -> Samples.winner(use, Samples.device())).distinct().toList();
        }
    }

    /// A PostgreSQL that has them.
    private String database(List<Tuned> winners) throws IOException {
        server = EmbeddedPostgres.builder().setDataDirectory(folder.resolve("database")).setPGStartupWait(Duration.ofMinutes(15)).start();
        String url = server.getJdbcUrl("postgres", "postgres");
        try (Records records = Records.open(url)) {
            records.addAll(List.of(), winners);
        }
        return url;
    }

    /// What executors of the host keep of it, for times when it is away.
    private List<Tuned> copies() throws IOException {
        try (var files = Files.list(folder.resolve("cache"))) {
            Path copy = files.filter(f -> f.getFileName().toString().matches("shared-[0-9a-f]+[.]db")).findFirst().orElseThrow();
            try (Records records = Records.open(copy.toString())) {
                return records.tuned();
            }
        }
    }

    /// Each number to the last bit.
    private static List<String> exact(List<Row> rows) {
        return rows.stream().map(Row::json).toList();
    }

    @Test
    void sparkSubmitRunsTheJar() throws Exception {
        Samples.model(folder);
        try (SparkSession local = Samples.session("local[1]", folder).getOrCreate()) {
            Samples.rows(local, 20).write().parquet(folder.resolve("in.parquet").toString());
        }
        List<Tuned> winners = winners();
        String database = database(winners);
        // A model that --files brings, one of another store, one that the host has.
        submitAndKill("cpu", 1, "generate1.parquet", database);
        assertThat(copies()).as("what the database said of this processor with one thread").containsExactlyInAnyOrderElementsOf(winners);
        submitAndKill("cpu:bytecode", 2, "generate2.parquet", database);
        submitAndKill("cpu", 7, "generate7.parquet", database);
        submit(0, "embed", Samples.REMOTE, "embed2.parquet", "--context", "64", "--partitions", "2");
        submit(0, "score", folder.resolve("small.gguf").toString(), "score7.parquet", "--context", "64", "--partitions", "7", "--given", "given");
        submit(0, "ppl", "small.gguf", "ppl1.parquet", "--context", "64", "--partitions", "1");
        ModelAt model = model(folder.resolve("small.gguf").toString());
        try (SparkSession local = Samples.session("local[1]", folder).getOrCreate()) {
            for (String out : List.of("generate1", "generate2", "generate7", "embed2", "score7", "ppl1")) {
                Job.Verb verb = Job.Verb.valueOf(out.replaceFirst("\\d", "").toUpperCase(Locale.ROOT));
                Job job = verb == Job.Verb.GENERATE ? drawn(model)
                        : new Job(verb, model, "prompt", verb == Job.Verb.SCORE ? "given" : "", "", Job.Limits.GREEDY);
                assertThat(exact(read(local, folder.resolve(out + ".parquet")))).as("%s", out).hasSize(22)
                        .isEqualTo(exact(job.apply(Samples.rows(local, 20)).orderBy("id").collectAsList()));
            }
        }
    }

    @Test
    void sparkSubmitSaysInALineWhatIsWrong() throws Exception {
        Samples.model(folder);
        try (SparkSession local = Samples.session("local[1]", folder).getOrCreate()) {
            Samples.rows(local, 2).write().parquet(folder.resolve("in.parquet").toString());
        }
        assertThat(submit(1, "ppl", "none.gguf", "out.parquet").lines())
                .contains("tern: none.gguf cannot be opened: no such file on this host, and --files brought none");
        assertThat(submit(2, "ppl", "small.gguf", "out.parquet", "--text", "x").lines()).contains("tern: there is no column 'x': [id, prompt, given]");
    }

    @Test
    void anExecutorWithTooLittleMemorySaysWhatToRaise() throws Exception {
        Assumptions.assumeTrue(Samples.memoryIsRefused(), "this system promises memory that it has not");
        Samples.model(folder);
        ModelAt wide = Samples.wide(folder);
        try (SparkSession local = Samples.session("local[1]", folder).getOrCreate()) {
            Samples.rows(local, 2).write().parquet(folder.resolve("in.parquet").toString());
        }
        String said = submit(1, "ppl", wide.uri(), "out.parquet", "--context", String.valueOf(wide.context()), "--parallel", "64");
        assertThat(said.lines().filter(line -> line.startsWith("tern: "))).singleElement(STRING)
                .startsWith("tern: " + wide.uri() + " does not fit this executor (the system gives no ").contains("raise spark.executor.memoryOverhead");
    }
}
