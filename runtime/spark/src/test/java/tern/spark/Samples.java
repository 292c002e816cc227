package tern.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Tuned;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.text.Tir;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Preset;
import tern.runtime.synth.Synthesizer;
import tern.scheduler.Rated;

/// A small random model, made for vectors, and rows for it.
final class Samples {

    /// Where a session of [#session] finds the model's folder by way of Hadoop.
    static final String REMOTE = "viewfs://tern/models/small.gguf";

    private static final StructType SCHEMA =
            new StructType().add("id", DataTypes.LongType).add("prompt", DataTypes.StringType).add("given", DataTypes.StringType);
    private static final List<String> TEXTS = List.of("9+8=", "a fox", "it");

    private Samples() {}

    /// One layer, 320 tokens, a context of 64.
    static Path model(Path folder) throws IOException {
        return model(folder.resolve("small.gguf"), 64);
    }

    /// The same for texts that are so long, and so many, that their keys and values take a terabyte: 64 of 2^24 positions of a kilobyte.
    static ModelAt wide(Path folder) throws IOException {
        int context = 1 << 24;
        return ModelAt.of(model(folder.resolve("wide.gguf"), context).toString()).withContext(context).withParallel(64);
    }

    /// Whether the system refuses what is far more than it has; Linux does unless `vm.overcommit_memory` is 1.
    static boolean memoryIsRefused() throws IOException {
        Path setting = Path.of("/proc/sys/vm/overcommit_memory");
        return Files.exists(setting) && !Files.readString(setting).strip().equals("1");
    }

    private static Path model(Path file, int context) throws IOException {
        ModelConfig usual = Preset.find("tiny-embedding").orElseThrow().config();
        var small = new ModelConfig(
                usual.architecture(), 128, 1, 2, 2, 64, 128, 320, context, usual.epsilon(), usual.theta(), usual.pairs(), usual.block());
        Synthesizer.write(small, 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        return file;
    }

    /// Rows with ids from 0, of which the two last are bad.
    static Dataset<Row> rows(SparkSession spark, int good) {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < good; i++) rows.add(RowFactory.create((long) i, TEXTS.get(i % TEXTS.size()), "it is"));
        rows.add(RowFactory.create((long) good, null, "it is"));
        rows.add(RowFactory.create(good + 1L, "1+".repeat(5000), "it is"));
        return spark.createDataFrame(rows, SCHEMA);
    }

    /// That of the name `cpu`, as an executor with one core has it.
    static Device device() {
        Device.Provider cpu =
                ServiceLoader.load(Device.Provider.class).stream().map(ServiceLoader.Provider::get).filter(p -> p.name().equals("cpu")).findFirst()
                        .orElseThrow();
        return cpu.open(cpu.devices().getFirst(), 1);
    }

    /// What a tuning might have found.
    static Tuned winner(Use use, Device device) {
        Rated rated = Rated.of(use, Tir.library().allPackings(), device.target()).getFirst();
        String target = device.target().name();
        Candidate step = Candidate.of(rated.packing(), target, rated.step().getFirst().schedule()), batch =
                Candidate.of(rated.packing(), target, rated.batch().getFirst().schedule());
        return new Tuned(
                ProblemKey.of(use.kernel(), use.m(), use.k(), 1), ProblemKey.of(use.kernel(), use.m(), use.k(), use.maxTokens()), Environment.of(device, 1),
                step.packing(), step.schedule(), batch.schedule(), 1e-6, 1e-5, Instant.EPOCH);
    }

    /// A session with nothing that a test needs not: no page, and no code that Spark generates for a few rows.
    static SparkSession.Builder session(String master, Path folder) {
        return SparkSession.builder().master(master).appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.executor.cores", "1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.adaptive.enabled", "false")
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                .config("spark.log.level", "WARN")
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .config("spark.hadoop.fs.viewfs.mounttable.tern.link./models", folder.toUri().toString())
                .config("spark.tern.cache", folder.resolve("cache").toString());
    }
}
