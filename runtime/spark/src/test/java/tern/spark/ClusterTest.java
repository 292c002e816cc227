package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A master and two workers as processes on loopback, one of whose executors is killed under way.
@EnabledIfSystemProperty(named = "tern.spark.cluster", matches = "true", disabledReason = "a real cluster takes a minute: ./mvnw verify -Pcampaign")
class ClusterTest {

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// Spark starts its processes from a home: links to the jars that this test has.
    private Path home() throws IOException {
        Path jars = Files.createDirectories(folder.resolve("spark").resolve("jars"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(entry).toAbsolutePath();
            if (Files.isRegularFile(jar) && !Files.exists(jars.resolve(jar.getFileName()))) Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
        }
        return jars.getParent();
    }

    private void start(Path home, String type, String... args) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx512m",
                "-cp", System.getProperty("java.class.path"), type));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("log-" + processes.size() + ".txt").toFile());
        builder.environment().put("SPARK_HOME", home.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        processes.add(builder.start());
    }

    private static int port() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private SparkSession cluster() throws IOException {
        Path home = home();
        int port = port();
        String master = "spark://127.0.0.1:" + port;
        start(home, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", String.valueOf(port), "--webui-port", String.valueOf(port()));
        for (int i = 0; i < 2; i++)
            start(home, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g",
                    "--webui-port", String.valueOf(port()), "--work-dir", folder.resolve("work" + i).toString(), master);
        return Sums.session(master, folder)
                .config("spark.executor.memory", "600m")
                .config("spark.executor.cores", "1")
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .config("spark.executor.extraJavaOptions", "-XX:+UseSerialGC --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .getOrCreate();
    }

    /// Kills the JVM of one executor as soon as two tasks have ended.
    private static final class Killer extends SparkListener {
        final AtomicInteger ended = new AtomicInteger(), removed = new AtomicInteger(), killed = new AtomicInteger();
        private final List<Process> processes;

        Killer(List<Process> processes) {
            this.processes = processes;
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (ended.incrementAndGet() != 2) return;
            processes.stream().flatMap(Process::descendants)
                    .filter(p -> p.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                    .findFirst().ifPresent(p -> killed.addAndGet(p.destroyForcibly() ? 1 : 0));
        }

        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
            removed.incrementAndGet();
        }
    }

    private static List<Row> read(SparkSession spark, String place) {
        return spark.read().parquet(place).orderBy("id").collectAsList();
    }

    @Test
    void aKilledExecutorChangesNothing() throws Exception {
        String whole = folder.resolve("whole.parquet").toString(), killed = folder.resolve("killed.parquet").toString();
        ModelAt model = ModelAt.of(Sums.model(folder).toString()).withContext(64).withParallel(4);
        Job job = Job.of(Job.Verb.GENERATE, model).withKey("id").withLimits(new Job.Limits("12", "0.9", "1", 3));
        List<Row> alone;
        try (SparkSession local = Sums.session("local[1]", folder).getOrCreate()) {
            job.apply(Sums.rows(local, 100, 10).repartition(3)).write().parquet(whole);
            alone = read(local, whole);
        }
        try (SparkSession spark = cluster()) {
            var killer = new Killer(processes);
            spark.sparkContext().addSparkListener(killer);
            job.apply(Sums.rows(spark, 100, 10).repartition(14)).write().parquet(killed);
            assertThat(killer.killed.get()).as("executors killed").isEqualTo(1);
            List<Row> found = read(spark, killed);
            assertThat(killer.removed.get()).as("executors that Spark missed").isPositive();
            assertThat(found).hasSize(1002).isEqualTo(alone);
        }
    }
}
