package tern.runtime.cli.gpu;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.device.Samples;
import tern.ir.text.Tir;
import tern.runtime.Folders;
import tern.runtime.cli.bench.BatchBench;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.runtime.generate.Generator;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tern.runtime.synth.RandomModel;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Times of a whole model on a card: random weights in the shape of 2B4T.
///
/// @param bandwidth of copying on this card, bytes per second, to compare with
/// @param quick     true: a tiny model, few tokens
record GpuModelTimes(Device card, double bandwidth, boolean quick, Consumer<GpuCheckLine> said) {

    private static final int SEED = 1, REPETITIONS = 5;

    /// What is done with a model.
    private interface Use {
        void of(Model model, Arena arena);
    }

    private void with(int context, int batch, Use use) {
        ModelConfig config = quick ? GpuExactness.SMALL : ModelConfig.BITNET_2B4T;
        int threads = Runtime.getRuntime().availableProcessors();
        try (Arena arena = Arena.ofShared()) {
            var source = RandomModel.of(quick ? "small" : "2b4t", config, SEED, Element.F16, arena, threads);
            var library = new ScheduledLibrary(card, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(context, batch, Element.BF16, threads, Folders.cache(null));
            use.of(Model.load(card, library, source, settings, arena, done -> {}), arena);
        }
    }

    /// Greedy tokens, one after the other, at two lengths of the cache.
    void decode() {
        int tokens = quick ? 2 : 128;
        for (int prompt : quick ? new int[] {3} : new int[] {32, 2048})
            with(prompt + tokens + 1, quick ? 4 : 256, (model, arena) -> {
                var generator = new Generator(model, Sampling.GREEDY, arena);
                int[] ids = random(prompt, model);
                double[] seconds = new double[quick ? 1 : REPETITIONS];
                for (int i = quick ? 0 : -1; i < seconds.length; i++) { // the first one warms up
                    generator.goBack(0);
                    generator.feed(ids);
                    int token = generator.pick();
                    long start = System.nanoTime();
                    for (int t = 0; t < tokens; t++) token = generator.follow(token);
                    if (i >= 0) seconds[i] = (System.nanoTime() - start) * 1e-9 / tokens;
                }
                double each = Samples.of(seconds).median();
                long bytes = model.bytesPerToken(prompt + tokens / 2, false);
                said.accept(measured(GpuCheckStep.DECODE, "1 sequence after %d tokens, cache bf16".formatted(prompt), packings(model))
                        .with("tokens/s", 1 / each)
                        .with("ms a token", each * 1e3)
                        .with("MB a token", bytes * 1e-6)
                        .with("% of copying", 100 * bytes / each / bandwidth));
            });
    }

    /// Sequences that get a token each at the same time.
    void batch() {
        int steps = quick ? 1 : 64;
        List<Integer> counts = quick ? List.of(2) : List.of(1, 8, 32, 64);
        with(steps, counts.getLast(), (model, arena) -> {
            var bench = new BatchBench(steps, quick ? 1 : 3);
            for (BatchBench.Size size : bench.of(model, counts)) {
                String subject = "%d sequences of %d tokens, cache bf16".formatted(size.sequences(), steps);
                said.accept(size.seconds().isEmpty()
                        ? GpuCheckLine.of(GpuCheckStep.BATCH, subject, Status.FAILED, size.problem())
                        : measured(GpuCheckStep.BATCH, subject, packings(model))
                                .with("tokens/s", size.tokensPerSecond())
                                .with("ms a step", 1e3 * size.seconds().orElseThrow().median()));
            }
        });
    }

    /// In passes of different sizes.
    void prompt() {
        int tokens = quick ? 6 : 2048;
        for (int batch : quick ? new int[] {4} : new int[] {256, 512, 2048})
            with(tokens, batch, (model, arena) -> {
                Session session = new Generator(model, Sampling.GREEDY, arena).session();
                int[] ids = random(tokens, model);
                var seconds = new ArrayList<Double>();
                for (int i = 0; i <= (quick ? 0 : REPETITIONS); i++) {
                    session.reset();
                    long start = System.nanoTime();
                    session.feed(ids);
                    card.await();
                    if (i > 0 || quick) seconds.add((System.nanoTime() - start) * 1e-9);
                }
                double all = Samples.of(seconds.stream().mapToDouble(s -> s).toArray()).median();
                said.accept(measured(GpuCheckStep.PROMPT, "%d tokens, %d in a pass, cache bf16".formatted(tokens, batch), packings(model))
                        .with("tokens/s", tokens / all)
                        .with("ms", all * 1e3)
                        .with("TOP/s in the products", 2.0 * model.config().ternaryWeights() * tokens / all * 1e-12));
            });
    }

    private static GpuCheckLine measured(GpuCheckStep part, String subject, String detail) {
        return GpuCheckLine.of(part, subject, Status.MEASURED, detail);
    }

    private static int[] random(int count, Model model) {
        return new SplittableRandom(SEED).ints(count, 0, model.config().vocabulary()).toArray();
    }

    private static String packings(Model model) {
        return "packings " + String.join(", ", model.plan().choices().values().stream()
                .map(choice -> choice.use().name() + " " + choice.packing().name()).sorted().toList());
    }
}
