package tern.runtime.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.Element;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Choices;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.model.SynthCommand.Presets;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.records.Facts;
import tern.runtime.cli.report.Report;
import tern.runtime.model.KernelTimes;
import tern.runtime.model.Model;
import tern.runtime.model.Preset;

/// `tern bench`: tokens per second of prompt processing and of generation, compared with what the memory allows; of a model, or of random ones of
/// several sizes.
@Command(name = "bench", description = "Measures prompt and generation speed.")
public final class BenchCommand implements Callable<Integer> {

    /// Over all layers, to time each kernel for a page.
    private static final int PASSES = 9;

    private static final Map<String, Element> TABLES = Map.of("f16", Element.F16, "bf16", Element.BF16);

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", paramLabel = "F", description = ModelOptions.MODEL + " (default: none)")
    @Nullable
    Path model;

    @Option(
            names = "--preset",
            paramLabel = "P[,P...]",
            split = ",",
            converter = Presets.class,
            description = "a random model of that shape, made in memory: " + Preset.LIST + "; several are compared (default: none)")
    List<Preset> presets = List.of();

    @Option(names = "--embedding", paramLabel = "E", description = "of --preset: f16 or bf16 (default: ${DEFAULT-VALUE})")
    String embedding = "f16";

    @Option(names = "-p", paramLabel = "P", description = "prompt tokens; 0 = leave that part out (default: 512; 32 if presets are compared)")
    @Nullable
    Integer prompt;

    @Option(names = "-n", paramLabel = "N", description = "generated tokens; 0 = leave that part out (default: 128; 8 if presets are compared)")
    @Nullable
    Integer generate;

    @Option(names = "-t", paramLabel = "T", description = "cores, as --threads; 0 = all (default: ${DEFAULT-VALUE})")
    int threads = 0;

    @Option(names = "-r", paramLabel = "R", description = "repetitions (default: 5; 3 if presets are compared)")
    @Nullable
    Integer repetitions;

    @Option(
            names = "--speculate",
            paramLabel = "N",
            description = "measure prompt-lookup speculation with up to N guesses a pass as well (default: 0, not measured)")
    int speculate = 0;

    @Option(
            names = "--batches",
            paramLabel = "B[,B...]",
            split = ",",
            description = "instead: throughput of so many sequences that are decoded together, -n tokens each (default: none)")
    List<Integer> batches = List.of();

    @Mixin
    ReportOptions output = new ReportOptions();

    @Mixin
    ModelOptions options = new ModelOptions();

    /// What was measured, in tokens per second and bytes per second.
    ///
    /// @param machine what tells its speed from another's
    /// @param spent   where the time of a prompt and of generation went
    /// @param readsInt8Head true if the head's int8 copy was read, not the head
    public record Result(
            String target, String machine, int threads, Samples prompt, Samples generation, Samples bandwidth, Costs costs, boolean readsInt8Head,
            MemoryUse memory, Measurement.Spent spent) {

        /// Share of the measured bandwidth that generation reaches.
        double share() {
            return generation.median() * costs.bytesPerToken() / bandwidth.median();
        }
    }

    @Override
    public Integer call() throws IOException {
        if ((model == null) == presets.isEmpty()) throw new IllegalArgumentException("give either --model or --preset");
        if (speculate < 0) throw new IllegalArgumentException("--speculate must not be negative: " + speculate);
        output.check();
        if (threads != 0) options.threads = threads;
        boolean compares = presets.size() > 1;
        if (!batches.isEmpty() && (compares || speculate > 0 || output.page != null || prompt != null))
            throw new IllegalArgumentException("--batches goes with one model, and without -p, --speculate and --report");
        if (compares && speculate > 0) throw new IllegalArgumentException("--speculate goes with one model");
        if (!batches.isEmpty()) return together();
        var measurement = new Measurement(
                or(prompt, compares ? 32 : 512), or(generate, compares ? 8 : 128), or(repetitions, compares ? 3 : 5), options.threads);
        if (options.context == 0) options.context = Math.max(1, measurement.prompt()) + measurement.generate();
        Element table = Choices.of("--embedding", embedding, TABLES);
        PrintWriter out = spec.commandLine().getOut();
        if (compares) return new ScaleBench(measurement, options, table).run(presets, out, output);
        try (Arena arena = Arena.ofShared();
                var running = load(table, arena)) {
            Result result = Console.withBar("measure", bar -> measurement.of(running, arena, bar));
            List<SpeculationBench.Line> speculation =
                    speculate == 0 ? List.of() : new SpeculationBench(measurement, speculate).of(running.model(), arena);
            output.write(report(result, measurement, running, speculation), out);
        }
        return 0;
    }

    private int together() throws IOException {
        if (Collections.min(batches) < 1) throw new IllegalArgumentException("--batches must be positive: " + batches);
        var bench = new BatchBench(or(generate, 32), or(repetitions, 3));
        if (options.context == 0) options.context = or(generate, 32);
        options.batch = Collections.max(batches);
        PrintWriter out = spec.commandLine().getOut();
        try (Arena arena = Arena.ofShared();
                var running = load(Choices.of("--embedding", embedding, TABLES), arena)) {
            Model loaded = running.model();
            List<BatchBench.Size> sizes = Console.withBar("measure", bar -> bench.of(loaded, batches));
            output.write(bench.report(sizes, loaded), out);
            return sizes.stream().anyMatch(size -> size.seconds().isPresent()) ? 0 : 1;
        }
    }

    private static int or(@Nullable Integer given, int otherwise) {
        return given == null ? otherwise : given;
    }

    private ModelOptions.Running load(Element table, Arena arena) throws IOException {
        Path file = model;
        return Console.withBar("pack weights", bar -> file != null
                ? options.load(file, arena, bar)
                : options.make(presets.getFirst(), table, arena, bar));
    }

    private Report report(Result result, Measurement measurement, ModelOptions.Running running, List<SpeculationBench.Line> speculation) {
        Optional<Preset> preset = presets.stream().findFirst();
        String name = model == null ? "" : String.valueOf(model.getFileName());
        var subject = new BenchReport.Subject(
                preset.map(shape -> shape.name() + ", " + shape.provenance()).orElse(name), preset,
                Facts.minute(Instant.now()) + " UTC", measurement.prompt(), measurement.generate());
        List<KernelTimes.Time> kernels = output.page == null ? List.of() : running.model().kernelTimes(PASSES);
        return BenchReport.of(result, running.model().plan().choices().values(), kernels, speculation, subject);
    }
}
