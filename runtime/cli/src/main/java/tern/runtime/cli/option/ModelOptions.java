package tern.runtime.cli.option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tern.autotune.record.Records;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.StartTimes;
import tern.ir.text.Tir;
import tern.runtime.Folders;
import tern.runtime.cli.console.Choices;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Texts;
import tern.runtime.model.Footprint;
import tern.runtime.model.KnownFit;
import tern.runtime.model.Linear;
import tern.runtime.model.Model;
import tern.runtime.model.Model.Placement;
import tern.runtime.model.ModelConfig;
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

    private static final Map<String, Integer> GROUPS = new TreeMap<>(Map.of("token", 0, "32", 32, "64", 64, "128", 128, "256", 256));

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
            names = "--activations",
            paramLabel = "A",
            description = "inputs of products that share a scale: token, 32, 64, 128 or 256 neighbours (default: ${DEFAULT-VALUE}, as the models were made)")
    public String activations = "token";

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
            description = "packing of all weights instead of the fastest: a name of the library, or a text with packings of your own, P.tir (default: none)")
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
        Thread.startVirtualThread(ScheduledLibrary::prepare); // takes as long as to open a device
        ModelSource source = open(file, arena);
        var fit = new KnownFit(source);
        requireFit(fit);
        return onDevices((devices, tuned) -> {
            List<Placement> placements = devices.stream().map(one -> new Placement(one, library(one, tuned, fit))).toList();
            Model model = Model.load(placements, source, settings(), arena, progress);
            if (context > model.context()) System.err.printf("tern: --context %d: the model has %d, which is taken%n", context, model.context());
            return new Running(source, devices, model);
        });
    }

    /// Which partial packings may be chosen for a model whose weights they hold: the user's own, and the one that was asked for. To look at the
    /// weights for the library's others would take longer than to start.
    public Predicate<Packing> partial(KnownFit fit) {
        return packing -> (this.packing != null || !Tir.library().allPackings().contains(packing)) && fit.holds(packing);
    }

    /// The packings that were asked for hold the model's weights.
    private void requireFit(KnownFit fit) {
        if (packing == null) return;
        for (Packing asked : packings())
            if (!asked.holdsAll(Linear.TRITS) && !fit.holds(asked))
                throw new IllegalArgumentException("--packing %s: packing %s: %s".formatted(packing, asked.name(), fit.of(asked)));
    }

    private KernelLibrary library(Device device, Function<Device, ScheduleSource> tuned, KnownFit fit) {
        KernelLibrary ofAny = library(device, tuned);
        return uses -> ofAny.plan(uses.stream().map(use -> use.with(partial(fit))).toList());
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
                ModelConfig config = preset.config().withInputGroup(inputGroup());
                int positions = context == 0 ? config.context() : Math.min(context, config.context());
                var placements = new ArrayList<Placement>();
                for (Device one : devices) {
                    Plan plan = library(one, tuned).plan(Model.uses(config, batch));
                    if (placements.isEmpty()) // memory of this machine is needed even where a card computes
                        MachineMemory.HERE.require(
                                preset.name(), Footprint.of(config, plan, batch, positions, settings.cache(), table));
                    placements.add(new Placement(one, _ -> plan));
                }
                var source = RandomModel.of(preset.name(), config, SEED, table, arena, settings.threads());
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
            return ModelSource.open(file, arena, armI2s, inputGroup());
        }
    }

    private int inputGroup() {
        return Choices.of("--activations", activations, GROUPS);
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
        if (packing.endsWith(".tir")) return own(Path.of(packing));
        return List.of(library.findPacking(packing)
                .orElseThrow(() -> new IllegalArgumentException("--packing %s: expected one of %s"
                        .formatted(packing, library.allPackings().stream().map(Packing::name).toList()))));
    }

    private static List<Packing> own(Path text) {
        try {
            List<Packing> own = Texts.parse(text).packings();
            if (own.isEmpty()) throw new IllegalArgumentException("--packing %s: no packing in this text".formatted(text));
            own.forEach(packing -> PackingCheck.of(packing).require());
            return own;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
