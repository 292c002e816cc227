package tern.runtime.cli.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.CodeOption;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.Sizes;

/// Proves kernels over the packings of a text, of the library or of chance, on the reference device and on the CPU or a GPU, be it a simulated one.
@Command(
        name = "verify",
        description = {
            "Prove kernels exact on the reference and on the CPU or a GPU: a text's over its packings, without one those of the library, or --random packings.",
            "A kernel runs on the CPU, in a process of its own, when the reference has found it exact. The status is 0 if nothing was wrong and each "
                    + "device proved each product (with F.tir: kernel, packing and sizes) or packing (without) in one way to multiply at least; "
                    + "it is 1 if a result was wrong, a process died or hung, a device proved none of the ways that apply, or no way applied at all."
        })
public final class VerifyCommand implements Callable<Integer> {

    /// The card that is simulated where none is named.
    private static final String SIMULATED = "h200";

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "F.tir", description = "The text. Without one, the packings of the library.")
    private @Nullable Path file;

    @Option(names = "--target", paramLabel = "T", description = "Make schedules for this CPU or GPU. Default: the CPU at hand, with --simulate h200.")
    private @Nullable String target;

    @Option(names = "--simulate", description = "Run the PTX of a GPU's schedules on a simulator.")
    private boolean simulate;

    @Option(names = "--random", paramLabel = "N",
            description = "Prove N packings that nobody has written, with kernels, sizes and schedules drawn from the seeds S to S + N - 1. Default: 0.")
    private @Nullable Integer random;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Of weights and activations, and of the first random packing. Default: 1.")
    private long seed;

    @Option(names = "--cross",
            description = "Prove that CPU, GPU and reference give the same bits from the same packed bytes: all packings of the text, else of the library.")
    private boolean cross;

    @Option(names = "--packing", paramLabel = "P", description = "This packing alone. Default: all.")
    private @Nullable String packing;

    @Option(names = "--kernel", paramLabel = "K", description = "With F.tir: this kernel alone. Default: all.")
    private @Nullable String kernel;

    @Option(names = "--trial", paramLabel = "SECONDS", description = "That one proof on the CPU or a card may take (default: ${DEFAULT-VALUE}).")
    private double trialSeconds = 300;

    @Option(names = "--device", paramLabel = "D", description = "With --cross: the GPU. Default: cuda where there is a card, else simulator:h200.")
    private @Nullable String device;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Mixin
    private Sizes sizes;

    @Mixin
    private CodeOption code;

    @Override
    public Integer call() throws IOException {
        if (!cross && device != null) throw new IllegalArgumentException("--device goes with --cross");
        if (cross && (target != null || simulate || random != null || kernel != null))
            throw new IllegalArgumentException("--cross takes --device, not --target, --simulate, --random or --kernel");
        if (random != null && (random < 1 || file != null || packing != null))
            throw new IllegalArgumentException("--random takes a number of packings from 1 on, and neither F.tir nor --packing");
        if (cross) return new CrossCheck(file == null ? Tir.library() : Texts.parse(file), packing, device, sizes, seed).run(spec, json, trialSeconds);
        if (file == null && sizes.isGiven()) throw new IllegalArgumentException("--m, --k and --n go with F.tir or --cross");
        if (file == null && kernel != null) throw new IllegalArgumentException("--kernel goes with F.tir");
        if (!(trialSeconds > 0)) throw new IllegalArgumentException("--trial must be positive: " + trialSeconds);
        Tir text = file == null ? null : Texts.parse(file);
        Target wanted = Devices.machine(target != null || !simulate ? target : SIMULATED, code.cpu());
        try (ProofDevices devices = devices(wanted, text == null)) {
            String options = (simulate ? " --simulate" : "") + code.asOptions();
            var report = new ProofReport(wanted, devices.provers().keySet(), seed, spec.commandLine().getOut(), json);
            if (text != null && file != null)
                return new VerifyText(file, text, wanted, devices.provers(), sizes, seed, options).run(kernel, packing, report);
            return new VerifyCampaign(wanted, devices.provers(), options, seed, report).run(random, packing);
        }
    }

    /// @param many whether there is so much to prove that where a simulator tells a GPU's results, the reference is not asked too
    private ProofDevices devices(Target wanted, boolean many) {
        var devices = new ProofDevices();
        try {
            if (!many || !simulate) devices.addReference(seed);
            switch (wanted) {
                case Target.Cpu _ -> {
                    if (simulate) throw new IllegalArgumentException("--simulate: only GPUs are simulated, not " + wanted.name());
                    devices.addCpu(code.cpu(), trialSeconds);
                }
                case Target.Gpu gpu -> {
                    if (simulate) devices.add("simulated " + gpu.name(), Devices.simulated(gpu));
                    else Devices.find("cuda", 0).ifPresent(device -> devices.add("cuda", device));
                }
            }
            return devices;
        } catch (RuntimeException e) {
            devices.close();
            throw e;
        }
    }
}
