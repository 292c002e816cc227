package tern.runtime.cli.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.runtime.cli.bench.Costs;
import tern.runtime.cli.bench.EnergyCounters;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Report;
import tern.runtime.generate.Generator;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.KernelTimes;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tern.runtime.synth.Synthesizer;
import tern.scheduler.problem.Problem;

/// `tern demo`: the main job at full size, with nothing to download: a random model of 2B4T's shape is made, its kernels are
/// chosen and proved, and it generates. Before that, a small model that learned something answers questions.
@Command(name = "demo", description = "Runs a small model that can add, then a random one of the full 2B4T size: kernels, proofs, speed.")
public final class DemoCommand implements Callable<Integer> {

    private static final int SEED = 1, PROMPT = 32, PASSES = 9;

    /// Rows on which a kernel is proved, all of k: further rows run the same code.
    private static final int PROVED_ROWS = 512;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--tokens", paramLabel = "N", description = "tokens to generate (default: ${DEFAULT-VALUE})")
    int tokens = 48;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (tokens < 1) throw new IllegalArgumentException("--tokens must be positive: " + tokens);
        SumsDemo.run(options, spec.commandLine().getOut());
        if (options.context == 0) options.context = PROMPT + tokens;
        Path file = options.cacheFolder().resolve("demo-2b4t-seed" + SEED + ".gguf");
        if (!Files.isRegularFile(file)) synthesise(file);
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(file, arena, bar))) {
            show(running, arena, prove(running.device(), running.model()));
        }
        return 0;
    }

    private void synthesise(Path file) throws IOException {
        Files.createDirectories(options.cacheFolder());
        Console.withBar("make model", bar -> {
            Synthesizer.write(
                    ModelConfig.BITNET_2B4T, SEED, TensorType.I2_S, TensorType.F16, file, (done, total) -> bar.accept(done * 1000 / total));
            return file;
        });
    }

    /// Every kernel of the plan against plain Java, on hostile weights and activations.
    private long prove(Device device, Model model) throws IOException {
        var proof = new ExactnessProof(device);
        List<Choice> choices = choices(model);
        return Console.withBar("prove exact", bar -> {
            long proved = 0, done = 0;
            for (Choice choice : choices) {
                proved += prove(proof, choice, 1, choice.step().schedule());
                bar.accept(++done * 500 / choices.size());
                proved += prove(proof, choice, 3, choice.batch().schedule());
                bar.accept(++done * 500 / choices.size());
            }
            return proved;
        });
    }

    private static long prove(ExactnessProof proof, Choice choice, int n, Schedule schedule) {
        Use use = choice.use();
        return switch (proof.prove(new Problem(use.kernel(), Math.min(use.m(), PROVED_ROWS), use.k(), n), choice.packing(), schedule, SEED)) {
            case Verdict.Exact exact -> exact.results();
            case Verdict.Wrong wrong -> throw new IllegalStateException(wrong.kernel() + ": " + wrong.problem());
            case Verdict.Refused refused -> throw new IllegalStateException(use.name() + ": " + refused.reason());
        };
    }

    private static List<Choice> choices(Model model) {
        return model.plan().choices().values().stream()
                .sorted(Comparator.comparing(choice -> choice.use().name()))
                .toList();
    }

    private void show(ModelOptions.Running running, Arena arena, long proved) throws IOException {
        Model model = running.model();
        PrintWriter out = spec.commandLine().getOut();
        var generator = new Generator(model, Sampling.GREEDY, arena);
        Session session = generator.session();
        int[] prompt = new SplittableRandom(SEED).ints(PROMPT, 0, model.config().vocabulary()).toArray();

        Console.warmUp(session, PROMPT);
        long start = System.nanoTime();
        session.feed(prompt);
        double prefill = (System.nanoTime() - start) * 1e-9;
        generator.next();
        EnergyCounters counters = EnergyCounters.ofMachine();
        EnergyCounters.Reading before = counters.read();
        double[] seconds = Console.withBar("generate", bar -> {
            double[] each = new double[tokens - 1];
            for (int t = 0; t < each.length; t++) {
                long begin = System.nanoTime();
                generator.next();
                each[t] = (System.nanoTime() - begin) * 1e-9;
                bar.accept((t + 1) * 1000L / each.length);
            }
            return each;
        });
        OptionalDouble joules = perToken(before.joulesUntil(counters.read()), seconds.length);
        double bandwidth = running.device().measureReadBandwidth();

        out.println(running.device().target().name() + ", " + running.device().target().source());
        var table = new Grid("kernel", "rows x k", "packing", "strategy", "bits/weight", "us", "GB/s", "of bandwidth");
        var scalar = new ArrayList<String>();
        for (KernelTimes.Time time : model.kernelTimes(PASSES)) {
            Use use = time.choice().use();
            if (!time.vectorised()) scalar.add(time.choice().step().multiply().name());
            table.row(
                    use.name(),
                    use.kernel().weights().size() * use.m() + " x " + use.k(),
                    time.choice().packing().name(),
                    time.choice().step().schedule().way(),
                    decimal(8.0 * time.bytes() / use.kernel().weights().size() / use.m() / use.k(), 2),
                    decimal(time.seconds() * 1e6, 0),
                    decimal(time.bytesPerSecond() * 1e-9, 1),
                    decimal(100 * time.bytesPerSecond() / bandwidth, 0) + " %");
        }
        out.print(table);
        if (scalar.isEmpty()) out.println("every kernel runs on vector instructions");
        else out.println("NOT VECTORISED, and so slow: " + String.join(", ", scalar));
        out.printf(Locale.ROOT, "every kernel exact: %,d results compared with plain Java, bit for bit%n", proved);
        out.printf(Locale.ROOT, "prompt     %6.1f tokens/s (%d tokens)%n", PROMPT / prefill, PROMPT);
        if (seconds.length > 0) {
            double decode = Samples.of(seconds).median();
            long bytes = model.bytesPerToken(PROMPT + tokens / 2, generator.readsInt8Head());
            out.printf(Locale.ROOT, "generation %6.1f tokens/s (median of %d tokens)%n", 1 / decode, seconds.length);
            out.printf(Locale.ROOT, "%.0f MB a token: %.1f GB/s of %.1f GB/s measured, %.0f %%%n",
                    bytes * 1e-6, bytes / decode * 1e-9, bandwidth * 1e-9, 100 * bytes / decode / bandwidth);
            var report = new Report();
            Costs.of(model, bytes, joules).addTo(report);
            out.print(report.text());
        }
        out.println("packed weights: " + model.packedIn());
    }

    private static OptionalDouble perToken(OptionalDouble joules, int tokens) {
        return joules.isPresent() && tokens > 0 ? OptionalDouble.of(joules.getAsDouble() / tokens) : OptionalDouble.empty();
    }

    private static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
