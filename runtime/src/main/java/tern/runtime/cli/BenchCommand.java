package tern.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.generate.Generator;
import tern.ir.device.Samples;
import tern.runtime.html.Page;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// `tern bench`: tokens per second of prompt processing and of generation, beside what the memory allows.
@Command(name = "bench", description = "Measures prompt and generation speed.")
final class BenchCommand implements Callable<Integer> {

    /// Over all layers, to time each kernel for a page.
    private static final int PASSES = 9;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "-p", paramLabel = "P", description = "prompt tokens (default: ${DEFAULT-VALUE})")
    int prompt = 512;

    @Option(names = "-n", paramLabel = "N", description = "generated tokens (default: ${DEFAULT-VALUE})")
    int generate = 128;

    @Option(names = "-t", paramLabel = "T", description = "cores, as --threads; 0 = all (default: ${DEFAULT-VALUE})")
    int threads = 0;

    @Option(names = "-r", paramLabel = "R", description = "repetitions (default: ${DEFAULT-VALUE})")
    int repetitions = 5;

    @Option(names = "--json", description = "print one JSON object instead of a table")
    boolean json;

    @Option(names = "--report", paramLabel = "R.html", description = "write a page as well, with the time of each kernel and part")
    @Nullable
    Path report;

    @Mixin
    ModelOptions options = new ModelOptions();

    /// What was measured, in tokens per second and bytes per second.
    ///
    /// @param screens true if the head's screen was read, not the head
    record Result(String target, int threads, Samples prompt, Samples generation, Samples bandwidth, Costs costs, boolean screens) {

        /// Share of the measured bandwidth that generation reaches.
        double share() {
            return generation.median() * costs.bytesPerToken() / bandwidth.median();
        }
    }

    @Override
    public Integer call() throws IOException {
        if (prompt < 1 || generate < 1 || repetitions < 1)
            throw new IllegalArgumentException("-p, -n and -r must be positive");
        if (report != null) Page.checkPlace(report);
        if (threads != 0) options.threads = threads;
        if (options.context == 0) options.context = prompt + generate;
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            Result result = Console.withBar("measure", bar -> measure(running, arena, bar));
            if (json) spec.commandLine().getOut().println(json(result));
            else print(result, running.model());
            if (report != null) page(result, running).write(report);
        }
        return 0;
    }

    private Page page(Result result, ModelOptions.Running running) {
        var subject = new BenchPage.Subject(
                String.valueOf(model.getFileName()),
                running.device().fingerprint(),
                Facts.minute(Instant.now()) + " UTC",
                prompt,
                generate,
                running.model().headBytes(result.screens));
        return BenchPage.of(result, running.model().kernelTimes(PASSES), subject);
    }

    private Result measure(ModelOptions.Running running, Arena arena, LongConsumer bar) {
        Model loaded = running.model();
        if (prompt + generate > loaded.context())
            throw new IllegalArgumentException("-p %d and -n %d exceed the context of %d".formatted(prompt, generate, loaded.context()));
        int[] tokens = new SplittableRandom(1).ints(prompt, 0, loaded.config().vocabulary()).toArray();
        var generator = new Generator(loaded, Sampling.GREEDY, arena);
        Session session = generator.session();
        double[] prompts = new double[repetitions], generations = new double[repetitions], reads = new double[repetitions];
        EnergyCounters counters = EnergyCounters.ofMachine();
        double joules = 0;
        boolean counted = true;
        for (int i = -1; i < repetitions; i++) { // the first one warms up
            session.reset();
            long start = System.nanoTime();
            session.feed(tokens);
            EnergyCounters.Reading before = counters.read();
            long middle = System.nanoTime();
            for (int t = 0; t < generate; t++) generator.next();
            long end = System.nanoTime();
            OptionalDouble taken = before.joulesUntil(counters.read());
            bar.accept((i + 2) * 1000L / (repetitions + 1));
            if (i < 0) continue;
            prompts[i] = prompt / ((middle - start) * 1e-9);
            generations[i] = generate / ((end - middle) * 1e-9);
            counted &= taken.isPresent();
            joules += taken.orElse(0);
            reads[i] = running.device().measureReadBandwidth();
        }
        return new Result(
                running.device().target().name(),
                options.threads,
                Samples.of(prompts),
                Samples.of(generations),
                Samples.of(reads),
                Costs.of(loaded, loaded.bytesPerToken(prompt + generate / 2, generator.screens()),
                        counted ? OptionalDouble.of(joules / repetitions / generate) : OptionalDouble.empty()),
                generator.screens());
    }

    private void print(Result r, Model loaded) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s, %s threads%n", r.target, r.threads == 0 ? "all" : r.threads);
        loaded.plan().choices().values().stream()
                .sorted(Comparator.comparing(c -> c.use().name()))
                .forEach(c -> out.printf("  %-12s %5d x %-5d %s%n", c.use().name(), c.use().m(), c.use().k(), c.packing().name()));
        out.printf("%-14s %10s %10s %10s%n", "tokens/s", "median", "min", "max");
        row(out, "prompt " + prompt, r.prompt, 1);
        row(out, "generate " + generate, r.generation, 1);
        row(out, "read GB/s", r.bandwidth, 1e-9);
        out.printf("%.0f MB a token, %.1f GB/s, %.0f %% of the measured read bandwidth%n",
                r.costs.bytesPerToken() * 1e-6, r.generation.median() * r.costs.bytesPerToken() * 1e-9, r.share() * 100);
        out.print(r.costs.lines());
    }

    private static void row(PrintWriter out, String name, Samples s, double unit) {
        out.printf("%-14s %10.1f %10.1f %10.1f%n", name, s.median() * unit, s.min() * unit, s.max() * unit);
    }

    private String json(Result r) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("target", r.target);
        node.put("threads", r.threads);
        node.put("prompt_tokens", prompt);
        node.put("generated_tokens", generate);
        node.set("prompt_tokens_per_second", statistics(node.objectNode(), r.prompt));
        node.set("generated_tokens_per_second", statistics(node.objectNode(), r.generation));
        node.set("read_bytes_per_second", statistics(node.objectNode(), r.bandwidth));
        node.put("bytes_per_token", r.costs.bytesPerToken());
        node.put("share_of_read_bandwidth", r.share());
        r.costs.addTo(node);
        return node.toString();
    }

    private static ObjectNode statistics(ObjectNode node, Samples s) {
        return node.put("median", s.median()).put("min", s.min()).put("max", s.max());
    }
}
