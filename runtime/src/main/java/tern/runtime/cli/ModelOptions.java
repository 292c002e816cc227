package tern.runtime.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.text.Tir;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// The options of every command that runs a model, and how they become a [Running] model.
final class ModelOptions {

    @Option(names = "--threads", paramLabel = "T", description = "cores to use; 0 = all (default: ${DEFAULT-VALUE})")
    int threads = 0;

    @Option(names = "--device", paramLabel = "D", description = "cpu or reference (default: ${DEFAULT-VALUE})")
    String device = "cpu";

    @Option(names = "--kv", paramLabel = "E", description = "key-value cache: f32 or bf16 (default: ${DEFAULT-VALUE})")
    String kv = "f32";

    @Option(
            names = "--context",
            paramLabel = "C",
            description = "most tokens of a session; 0 = the model's (default: ${DEFAULT-VALUE})")
    int context = 0;

    @Option(names = "--batch", paramLabel = "B", description = "tokens of one batch (default: ${DEFAULT-VALUE})")
    int batch = Model.BATCH;

    @Option(
            names = "--packing",
            paramLabel = "P",
            description = "packing of all weights instead of the fastest by the cost model: a name of the library")
    @Nullable
    String packing;

    @Option(names = "--i2s-arm", description = "I2_S tensors have the layout of files quantized on ARM")
    boolean armI2s;

    @Option(names = "--cache", paramLabel = "DIR", description = "folder of packed weights (default: the user's cache folder)")
    @Nullable
    Path cache;

    /// A model that is loaded, and what must stay open while it runs.
    record Running(GgufModel file, Device device, Model model) implements AutoCloseable {
        @Override
        public void close() {
            device.close();
        }
    }

    /// Opens the device, reads the file, chooses kernels and packs the weights.
    ///
    /// @param progress told per mille of packing
    Running load(Path file, Arena arena, LongConsumer progress) throws IOException {
        Element element = Choices.of("--kv", kv, "f32", Element.F32, "bf16", Element.BF16);
        var settings = new Model.Settings(context, batch, element, packers(), cacheFolder());
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        GgufModel source = GgufModel.open(file, arena, armI2s);
        Device opened = openDevice();
        return new Running(source, opened, Model.load(opened, library(opened, packing), source, settings, arena, progress));
    }

    /// Who chooses the kernels of a model.
    ///
    /// @param packing of all weights; null for the library's choice
    static KernelLibrary library(Device device, @Nullable String packing) {
        return new ScheduledLibrary(device, packings(packing), ScheduleSource.NONE, kernel -> {});
    }

    private int packers() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private Device openDevice() {
        if (threads < 0) throw new IllegalArgumentException("--threads must not be negative: " + threads);
        return Devices.open(device, threads);
    }

    private static List<Packing> packings(@Nullable String packing) {
        Tir library = Tir.library();
        if (packing == null) return library.allPackings();
        return List.of(library.findPacking(packing)
                .orElseThrow(() -> new IllegalArgumentException("--packing %s: expected one of %s"
                        .formatted(packing, library.allPackings().stream().map(Packing::name).toList()))));
    }

    Path cacheFolder() {
        if (cache != null) return cache;
        String own = System.getenv("TERN_CACHE"), shared = System.getenv("XDG_CACHE_HOME");
        if (own != null && !own.isBlank()) return Path.of(own);
        if (shared != null && !shared.isBlank()) return Path.of(shared, "tern");
        return Path.of(System.getProperty("user.home"), ".cache", "tern");
    }
}
