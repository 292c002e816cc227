package tern.runtime.cli.option;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tern.autotune.record.Records;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.StartTimes;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Choices;
import tern.runtime.cli.console.Failure;
import tern.runtime.model.Footprint;
import tern.runtime.model.Model;
import tern.runtime.model.Model.Placement;
import tern.runtime.model.ModelSource;
import tern.runtime.model.Preset;
import tern.runtime.synth.RandomModel;
import tern.runtime.tokenizer.Tokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// The options of every command that runs a model, and how they become a [Running] model.
public final class ModelOptions {

    /// What `--model` takes.
    public static final String MODEL = "GGUF file, safetensors file, or folder of a Hugging Face checkpoint";

    private static final Map<String, Element> CACHES =
            new TreeMap<>(Map.of("f32", Element.F32, "bf16", Element.BF16, "i8", Element.I8));

    /// Of models that are made in memory.
    private static final long SEED = 1;

    @Option(names = "--threads", paramLabel = "T", description = "cores to use; 0 = all (default: ${DEFAULT-VALUE})")
    public int threads = 0;

    @Option(
            names = "--device",
            paramLabel = "D[,D...]",
            description = "cpu, cpu:machine, reference, cuda, cuda:1, simulator, simulator:a100; layers are split over several (default: ${DEFAULT-VALUE})")
    public String device = "cpu";

    @Mixin
    public CodeOption code = new CodeOption();

    @Option(
            names = "--fallback",
            paramLabel = "D",
            description = "device to use instead if --device is not there, lacks memory or refuses a kernel (default: none, the command fails)")
    @Nullable
    public String fallback;

    @Option(names = "--kv", paramLabel = "E", description = "key-value cache: f32, bf16 or i8 (default: ${DEFAULT-VALUE})")
    public String kv = "f32";

    @Option(
            names = "--context",
            paramLabel = "C",
            description = "most tokens of a session; 0 = the model's (default: ${DEFAULT-VALUE})")
    public int context = 0;

    @Option(names = "--batch", paramLabel = "B", description = "tokens of one batch (default: ${DEFAULT-VALUE})")
    public int batch = Model.BATCH;

    @Option(
            names = "--packing",
            paramLabel = "P",
            description = "packing of all weights instead of the fastest: a name of the library (default: none)")
    @Nullable
    public String packing;

    @Option(names = "--i2s-arm", description = "I2_S tensors have the layout of files quantized on ARM")
    public boolean armI2s;

    @Option(names = "--cache", paramLabel = "DIR", description = "folder of packed weights (default: the user's cache folder)")
    @Nullable
    public Path cache;

    @Mixin
    public RecordsOption records = new RecordsOption();

    /// A model that is loaded, and what must stay open while it runs.
    ///
    /// @param devices one, or those that the layers are split over
    public record Running(ModelSource source, List<Device> devices, Model model) implements AutoCloseable {

        /// The first.
        public Device device() {
            return devices.getFirst();
        }

        /// The tokenizer; what of it is passed over is said.
        ///
        /// @throws tern.runtime.ModelException if there is none, or none that Tern reads
        public Tokenizer tokenizer() throws IOException {
            Tokenizer tokenizer = source.tokenizer();
            for (String note : tokenizer.notes()) System.err.println("tern: " + source.name() + ": " + note);
            return tokenizer;
        }

        @Override
        public void close() {
            devices.forEach(Device::close);
        }
    }

    /// Opens the device, reads the file, chooses kernels and packs the weights.
    ///
    /// @param progress told per mille of packing
    public Running load(Path file, Arena arena, LongConsumer progress) throws IOException {
        Devices.prepare(code.on(device));
        Thread.startVirtualThread(Tir::library); // which takes as long to read as a device to open
        ModelSource source = open(file, arena);
        return onDevices((devices, tuned) -> {
            List<Placement> placements = devices.stream().map(one -> new Placement(one, library(one, tuned))).toList();
            Model model = Model.load(placements, source, settings(), arena, progress);
            if (context > model.context()) System.err.printf("tern: --context %d: the model has %d, which is taken%n", context, model.context());
            return new Running(source, devices, model);
        });
    }

    private KernelLibrary library(Device device, Function<Device, ScheduleSource> tuned) {
        return new ScheduledLibrary(device, packings(), tuned.apply(device), kernel -> {}, cacheFolder());
    }

    /// The same with a random model, made in memory.
    ///
    /// @param table element of embedding and head, F16 or BF16
    /// @throws Failure.Unavailable if memory does not suffice; nothing is made then
    public Running make(Preset preset, Element table, Arena arena, LongConsumer progress) {
        try {
            return onDevices((devices, tuned) -> {
                Model.Settings settings = settings();
                int positions = context == 0 ? preset.config().context() : Math.min(context, preset.config().context());
                var placements = new ArrayList<Placement>();
                for (Device one : devices) {
                    Plan plan = library(one, tuned).plan(Model.uses(preset.config(), batch));
                    if (placements.isEmpty()) // memory of this machine is needed even where a card computes
                        MachineMemory.HERE.require(
                                preset.name(), Footprint.of(preset.config(), plan, batch, positions, settings.cache(), table));
                    placements.add(new Placement(one, _ -> plan));
                }
                var source = RandomModel.of(preset.name(), preset.config(), SEED, table, arena, settings.threads());
                return new Running(source, devices, Model.load(placements, source, settings, arena, progress));
            });
        } catch (OutOfMemoryError e) {
            throw new Failure.Unavailable(preset.name() + ": the JVM grants no such memory (" + e.getMessage()
                    + "); ./tern raises its limit by -XX:MaxDirectMemorySize");
        }
    }

    /// What is done with devices that are open.
    private interface Loading {
        Running on(List<Device> devices, Function<Device, ScheduleSource> tuned);
    }

    /// On the devices that were asked for; if these fail and there is another to fall back to, on that, which is said.
    private Running onDevices(Loading loading) {
        try {
            return onDevices(device, loading);
        } catch (Failure.Unavailable | DeviceException | CompileException e) {
            if (fallback == null) throw e;
            System.err.printf("tern: %s%ntern: --device %s is not used, but --fallback %s%n", Failure.of(e).message(), device, fallback);
            return onDevices(fallback, loading);
        }
    }

    private Running onDevices(String names, Loading loading) {
        if (threads < 0) throw new IllegalArgumentException("--threads must not be negative: " + threads);
        List<Device> devices;
        try (var _ = StartTimes.part("devices")) {
            devices = Devices.openAll(code.on(names), threads);
            devices.forEach(one -> one.keepCode(cacheFolder()));
        }
        try (Records records = records()) {
            Running running = loading.on(devices, one -> TuningRecords.schedules(records, one, threads, this::isAllowed, System.err::println));
            String packed = running.model().packedIn();
            if (packed.startsWith(Model.NOT_KEPT)) System.err.println("tern: packed weights are " + packed);
            return running;
        } catch (RuntimeException | OutOfMemoryError e) {
            devices.forEach(Device::close);
            throw e;
        }
    }

    /// Who chooses the kernels of a model that is not run.
    ///
    /// @param packing of all weights; null for the library's choice
    /// @param tuned   asked before the cost model
    public static KernelLibrary library(Device device, @Nullable String packing, ScheduleSource tuned) {
        return new ScheduledLibrary(device, packings(packing), tuned, kernel -> {});
    }

    public Records records() {
        return records.openOrCopy(cacheFolder());
    }

    public ModelSource open(Path file, Arena arena) throws IOException {
        try (var _ = StartTimes.part("model file")) {
            return ModelSource.open(file, arena, armI2s);
        }
    }

    public Model.Settings settings() {
        Element element = Choices.of("--kv", kv, CACHES);
        long memory = MachineMemory.HERE.available().orElse(Long.MAX_VALUE) - MachineMemory.BESIDE;
        return new Model.Settings(context, batch, element, TuningRecords.cores(threads), cacheFolder(), memory);
    }

    public Device openDevice() {
        if (threads < 0) throw new IllegalArgumentException("--threads must not be negative: " + threads);
        return Devices.open(code.on(device), threads);
    }

    /// Those of the library, or the one that was asked for.
    public List<Packing> packings() {
        return packings(packing);
    }

    private static List<Packing> packings(@Nullable String packing) {
        Tir library;
        try (var _ = StartTimes.part("library")) {
            library = Tir.library();
        }
        if (packing == null) return library.allPackings();
        return List.of(library.findPacking(packing)
                .orElseThrow(() -> new IllegalArgumentException("--packing %s: expected one of %s"
                        .formatted(packing, library.allPackings().stream().map(Packing::name).toList()))));
    }

    /// A tuned packing may be the user's own, but not another than the one that was asked for.
    private boolean isAllowed(Packing tuned) {
        return isAllowed(tuned, packing);
    }

    /// @param asked the packing's name; null if none was asked for
    public static boolean isAllowed(Packing tuned, @Nullable String asked) {
        return asked == null || packings(asked).contains(tuned);
    }

    public Path cacheFolder() {
        return Folders.cache(cache);
    }
}
