package tern.runtime.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
import tern.runtime.cli.html.Page;
import tern.runtime.cli.model.SynthCommand.Presets;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.records.Facts;
import tern.runtime.model.Model;
import tern.runtime.model.Preset;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tern bench`: tokens per second of prompt processing and of generation, beside what the memory allows; of a model, or of random ones of
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

    @Option(names = "--json", description = "print one JSON object instead of a table")
    boolean json;

    @Option(names = "--report", paramLabel = "R.html", description = "write a page as well, with the time of each kernel and part (default: none)")
    @Nullable
    Path report;

    @Mixin
    ModelOptions options = new ModelOptions();

    /// What was measured, in tokens per second and bytes per second.
    ///
    /// @param machine what tells its speed from another's
    /// @param readsInt8Head true if the head's int8 copy was read, not the head
    public record Result(
            String target, String machine, int threads, Samples prompt, Samples generation, Samples bandwidth, Costs costs, boolean readsInt8Head, MemoryUse memory) {

        /// Share of the measured bandwidth that generation reaches.
        double share() {
            return generation.median() * costs.bytesPerToken() / bandwidth.median();
        }
    }

    @Override
    public Integer call() throws IOException {
        if ((model == null) == presets.isEmpty()) throw new IllegalArgumentException("give either --model or --preset");
        if (speculate < 0) throw new IllegalArgumentException("--speculate must not be negative: " + speculate);
        if (report != null) Page.checkPlace(report);
        if (threads != 0) options.threads = threads;
        boolean compares = presets.size() > 1;
        if (!batches.isEmpty() && (compares || speculate > 0 || report != null || prompt != null))
            throw new IllegalArgumentException("--batches goes with one model, and without -p, --speculate and --report");
        if (compares && speculate > 0) throw new IllegalArgumentException("--speculate goes with one model");
        if (!batches.isEmpty()) return together();
        var measurement = new Measurement(
                or(prompt, compares ? 32 : 512), or(generate, compares ? 8 : 128), or(repetitions, compares ? 3 : 5), options.threads);
        if (options.context == 0) options.context = Math.max(1, measurement.prompt()) + measurement.generate();
        Element table = Choices.of("--embedding", embedding, TABLES);
        PrintWriter out = spec.commandLine().getOut();
        if (compares) return new ScaleBench(measurement, options, table).run(presets, out, json, report);
        try (Arena arena = Arena.ofShared();
                var running = load(table, arena)) {
            Result result = Console.withBar("measure", bar -> measurement.of(running, arena, bar));
            List<SpeculationBench.Line> speculation =
                    speculate == 0 ? List.of() : new SpeculationBench(measurement, speculate).of(running.model(), arena);
            if (json) out.println(json(result, measurement, speculation));
            else print(result, measurement, running.model(), speculation);
            if (report != null) page(result, measurement, running).write(report);
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
            if (json) out.println(bench.json(sizes, loaded));
            else bench.print(sizes, loaded, out);
            out.flush();
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

    private Page page(Result result, Measurement measurement, ModelOptions.Running running) {
        var subject = new BenchPage.Subject(
                model == null ? presets.getFirst().name() + ", " + presets.getFirst().provenance() : String.valueOf(model.getFileName()),
                running.device().fingerprint(),
                Facts.minute(Instant.now()) + " UTC",
                measurement.prompt(),
                measurement.generate(),
                running.model().headBytes(result.readsInt8Head));
        return BenchPage.of(result, running.model().kernelTimes(PASSES), subject);
    }

    private void print(Result r, Measurement measurement, Model loaded, List<SpeculationBench.Line> speculation) {
        PrintWriter out = spec.commandLine().getOut();
        if (model == null) out.printf("%s, random, %s%n", presets.getFirst().name(), presets.getFirst().provenance());
        out.printf("%s, %s threads%n", r.target, r.threads == 0 ? "all" : r.threads);
        loaded.plan().choices().values().stream()
                .sorted(Comparator.comparing(c -> c.use().name()))
                .forEach(c -> out.printf("  %-12s %5d x %-5d %s%n", c.use().name(), c.use().m(), c.use().k(), c.packing().name()));
        out.printf("%-14s %10s %10s %10s%n", "tokens/s", "median", "min", "max");
        if (measurement.prompt() > 0) row(out, "prompt " + measurement.prompt(), r.prompt, 1);
        if (measurement.generate() > 0) row(out, "generate " + measurement.generate(), r.generation, 1);
        row(out, "read GB/s", r.bandwidth, 1e-9);
        if (measurement.generate() > 0) out.printf("%.0f MB a token, %.1f GB/s, %.0f %% of the measured read bandwidth%n",
                r.costs.bytesPerToken() * 1e-6, r.generation.median() * r.costs.bytesPerToken() * 1e-9, r.share() * 100);
        out.print(r.costs.lines());
        out.print(r.memory.lines());
        speculation.forEach(line -> out.printf("speculation, %s: %.1f tokens/s, without %.1f; %s%n",
                line.text(), line.speed().median(), line.plain().median(), line.score()));
        out.flush(); // a writer's print, other than its println, leaves that to others
    }

    private static void row(PrintWriter out, String name, Samples s, double unit) {
        out.printf("%-14s %10.1f %10.1f %10.1f%n", name, s.median() * unit, s.min() * unit, s.max() * unit);
    }

    private String json(Result r, Measurement measurement, List<SpeculationBench.Line> speculation) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        if (model == null) node.put("preset", presets.getFirst().name()).put("sizes", presets.getFirst().provenance());
        node.put("target", r.target);
        node.put("machine", r.machine);
        node.put("threads", r.threads);
        node.put("prompt_tokens", measurement.prompt());
        node.put("generated_tokens", measurement.generate());
        if (measurement.prompt() > 0) node.set("prompt_tokens_per_second", statistics(node.objectNode(), r.prompt));
        if (measurement.generate() > 0) node.set("generated_tokens_per_second", statistics(node.objectNode(), r.generation));
        node.set("read_bytes_per_second", statistics(node.objectNode(), r.bandwidth));
        node.put("bytes_per_token", r.costs.bytesPerToken());
        if (measurement.generate() > 0) node.put("share_of_read_bandwidth", r.share());
        r.costs.addTo(node);
        r.memory.addTo(node);
        if (!speculation.isEmpty()) {
            ArrayNode lines = node.putArray("speculation");
            for (SpeculationBench.Line line : speculation) {
                ObjectNode one = lines.addObject().put("text", line.text()).put("guesses_of_a_pass", speculate);
                one.set("tokens_per_second", statistics(node.objectNode(), line.speed()));
                one.set("tokens_per_second_without", statistics(node.objectNode(), line.plain()));
                one.put("guesses", line.score().drafts()).put("accepted", line.score().accepted()).put("tokens_per_pass", line.score().tokensPerPass());
            }
        }
        return node.toString();
    }

    static ObjectNode statistics(ObjectNode node, Samples s) {
        node.put("median", s.median()).put("min", s.min()).put("max", s.max());
        ArrayNode samples = node.putArray("samples");
        for (double sample : s.toArray()) samples.add(sample);
        return node;
    }
}
