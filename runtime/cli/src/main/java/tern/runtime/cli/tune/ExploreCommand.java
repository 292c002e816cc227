package tern.runtime.cli.tune;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Interrupt;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.CodeOption;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.option.Sizes;
import tern.runtime.cli.records.Facts;

/// `tern explore`: the packing laboratory. How many bits and instructions does a weight take, and how fast is that?
@Command(name = "explore", description = "Compare packings: bits and instructions a weight, predicted and measured speed with one to all threads.")
public final class ExploreCommand implements Callable<Integer> {

    /// Tokens for which the cost model ranks, at most.
    private static final int MOST_TOKENS = 32;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1..*", paramLabel = "F.tir", description = "Texts with the packings to compare.")
    List<Path> texts = List.of();

    @Option(names = "--shape", required = true, paramLabel = "M,K[,N]", description = "Weight rows, inputs, tokens of a launch (default: 1, at most 32).")
    String shape = "";

    @Option(names = "--threads", paramLabel = "T", description = "The most threads; 0 = all (default: ${DEFAULT-VALUE}).")
    int threads = 0;

    @Option(names = "--tries", paramLabel = "N", description = "Candidates that are timed for each packing (default: ${DEFAULT-VALUE}).")
    int tries = 3;

    @Option(names = "--trial", paramLabel = "SECONDS", description = "That one candidate may take (default: ${DEFAULT-VALUE}).")
    double trialSeconds = 40;

    @Option(names = "--model", paramLabel = "F",
            description = "Show what its weights are worth in bits, layer by layer, and which of the packings hold them. Default: none.")
    @Nullable
    Path model;

    @Mixin
    CodeOption code = new CodeOption();

    @Mixin
    ReportOptions output = new ReportOptions();

    @Override
    public Integer call() throws IOException {
        if (threads < 0) throw new IllegalArgumentException("--threads must not be negative: " + threads);
        if (tries < 1) throw new IllegalArgumentException("--tries must be positive: " + tries);
        if (!(trialSeconds > 0)) throw new IllegalArgumentException("--trial must be positive: " + trialSeconds);
        output.check();
        Use use = use();
        List<Packing> packings = packings();
        LayerWeights weights = model == null ? LayerWeights.NONE : LayerWeights.of(model, packings);
        Target.Cpu cpu;
        String processor;
        try (Device device = Devices.open(code.cpu(), threads)) {
            if (!(device.target() instanceof Target.Cpu here)) throw new IllegalStateException("the CPU describes itself as " + device.target().name());
            cpu = here;
            processor = device.fingerprint();
        }
        var laboratory = new PackingLaboratory(use, cpu, tries, PackingLaboratory.children(code.cpu(), trialSeconds));
        try (var _ = new Interrupt(laboratory::stop)) {
            List<Explored> explored = Console.withBar("explore", bar -> laboratory.explore(packings, bar));
            boolean complete = !laboratory.isStopped();
            if (!complete)
                spec.commandLine().getErr().printf("tern explore: not finished: something was measured of %d of %d packings%n", explored.size(),
                        packings.size());
            output.write(ExploreReport.of(use, processor, explored, weights, complete, Facts.minute(Instant.now()) + " UTC"), spec.commandLine().getOut());
            return explored.stream().flatMap(e -> e.points().stream()).anyMatch(p -> p.seconds() != null) ? 0 : 1;
        }
    }

    private Use use() {
        Sizes.Chosen sizes = Sizes.parse(shape.chars().filter(c -> c == ',').count() == 1 ? shape + ",1" : shape);
        if (sizes.n() > MOST_TOKENS) throw new IllegalArgumentException("--shape %s: at most %d tokens".formatted(shape, MOST_TOKENS));
        KernelDef kernel = Tir.library().kernel("bitlinear");
        return new Use(kernel.name(), kernel, sizes.m(), sizes.k(), sizes.n(), 1);
    }

    /// By their names, which must differ: results could not be told apart.
    private List<Packing> packings() throws IOException {
        Map<String, Path> owners = new LinkedHashMap<>();
        var packings = new ArrayList<Packing>();
        for (Path text : texts)
            for (Packing packing : Texts.parse(text).packings()) {
                try {
                    PackingCheck.of(packing).require();
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
                }
                Path other = owners.putIfAbsent(packing.name(), text);
                if (other != null) throw new IllegalArgumentException("%s: packing %s is in %s as well".formatted(text, packing.name(), other));
                packings.add(packing);
            }
        if (packings.isEmpty()) throw new IllegalArgumentException("no packing in " + texts.getFirst());
        return packings;
    }
}
