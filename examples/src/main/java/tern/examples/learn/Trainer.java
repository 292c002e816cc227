package tern.examples.learn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import tern.examples.learn.Layout.Tensor;
import tern.ir.Op.RopePairs;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Positions;

/// Teaches a model. A step's questions are cut into shards whose gradients are added up in their order, so that the number of threads does
/// not show.
public final class Trainer implements AutoCloseable {

    private static final int SHARDS = 8;

    /// Questions of a test.
    private static final int TESTED = 64;

    /// Steps at which the rate rises to its peak; gradients longer than this are shortened.
    private static final int RISE = 100;
    private static final double LONGEST_GRADIENT = 1;

    /// How `sums.gguf` was trained: two layers of 2B4T's kind, 294,912 ternary weights.
    public static final Settings SUMS = new Settings(
            new Sums(4), new ModelConfig("bitnet-b1.58", 128, 2, 4, 2, 32, 256, 288, 64, 1e-5f, 10000f, RopePairs.HALVES), 3000, 128, 0.004f, 1);

    /// How `numbers.gguf` was trained: two layers of BitNet-embedding's kind on Qwen3, 294,912 ternary weights.
    public static final Settings NUMBERS = new Settings(
            new Numbers(), new ModelConfig("qwen3", 128, 2, 4, 2, 32, 256, 320, 64, 1e-6f, 10000f, RopePairs.HALVES,
                    new Block(Set.of(Norms.HEAD, Norms.INPUT), Activation.SILU, true, Positions.PLAIN, 1, 0)), 800, 128, 0.004f, 1);

    /// @param task      what is learned
    /// @param config    widths are multiples of 32
    /// @param steps     in all; the rate falls to nothing at the last
    /// @param questions of a step, a multiple of 8
    /// @param rate      of the optimiser at its peak
    /// @param seed      of first weights and questions
    public record Settings(Task task, ModelConfig config, int steps, int questions, float rate, long seed) {
        public Settings {
            if (steps < 1 || questions < SHARDS || questions % SHARDS != 0)
                throw new IllegalArgumentException("%d steps of %d questions".formatted(steps, questions));
        }
    }

    private final Settings settings;
    private final Layout layout;
    private final float[] masters;
    private final Weights weights;
    private final Adam adam;
    private final SplittableRandom random;
    private final List<Pass> passes;
    private final List<float[]> gradients;
    private final ExecutorService threads;
    private int step;

    /// @param threads at most 8 are of use
    public Trainer(Settings settings, int threads) {
        this.settings = settings;
        Task task = settings.task();
        layout = new Layout(settings.config());
        random = new SplittableRandom(settings.seed());
        masters = firstWeights(layout, random);
        weights = new Weights(layout, Rounding.BITNET);
        adam = new Adam(layout.size());
        int asked = settings.questions() / SHARDS * task.sequences(), rows = asked * task.longest();
        passes = Stream.generate(() -> new Pass(settings.config(), weights, task.loss(weights, rows), rows, task.longest())).limit(SHARDS).toList();
        gradients = Stream.generate(() -> new float[layout.size()]).limit(SHARDS).toList();
        this.threads = Executors.newFixedThreadPool(threads);
    }

    /// Norms of one, everything else even around zero.
    static float[] firstWeights(Layout layout, SplittableRandom random) {
        float[] masters = new float[layout.size()];
        for (Tensor part : layout.parts()) {
            double reach = part.ternary() ? Math.sqrt(3.0 / part.k()) : 0.2;
            for (int i = part.at(); i < part.at() + part.size(); i++)
                masters[i] = part.m() == 1 ? 1 : (float) (((random.nextLong() >> 11) * 0x1p-52) * reach);
        }
        return masters;
    }

    /// Learns from the next questions.
    ///
    /// @return mean loss of a target before that, in nats
    public double step() throws InterruptedException {
        List<Batch> batches = Stream.generate(this::shard).limit(SHARDS).toList();
        int asked = batches.stream().mapToInt(Batch::asked).sum();
        weights.round(masters);
        var running = new ArrayList<Future<Double>>();
        for (int s = 0; s < SHARDS; s++) {
            Pass pass = passes.get(s);
            Batch batch = batches.get(s);
            float[] gradient = gradients.get(s);
            running.add(threads.submit(() -> {
                Arrays.fill(gradient, 0);
                return pass.learn(batch, 1f / asked, gradient);
            }));
        }
        double loss = 0;
        for (Future<Double> one : running) loss += result(one);
        adam.step(masters, sum(), rate());
        step++;
        return loss / asked;
    }

    private Batch shard() {
        return settings.task().draw(random, settings.questions() / SHARDS);
    }

    private static double result(Future<Double> running) throws InterruptedException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /// The gradient of all shards, in the first one's memory.
    private float[] sum() {
        float[] sum = gradients.getFirst();
        double squares = 0;
        for (int i = 0; i < sum.length; i++) {
            for (int s = 1; s < SHARDS; s++) sum[i] += gradients.get(s)[i];
            squares += (double) sum[i] * sum[i];
        }
        double length = Math.sqrt(squares);
        if (length > LONGEST_GRADIENT) {
            float factor = (float) (LONGEST_GRADIENT / length);
            for (int i = 0; i < sum.length; i++) sum[i] *= factor;
        }
        return sum;
    }

    /// Rises, then falls in a straight line.
    private float rate() {
        float rise = Math.min(1, (step + 1f) / RISE), fall = (float) (settings.steps() - step) / settings.steps();
        return settings.rate() * Math.min(rise, fall);
    }

    /// Writes the model as it is now: ternary weights, GGUF.
    public void write(Path file) throws IOException {
        new Trained(settings.task(), settings.config(), layout, masters).write(file);
    }

    /// Mean loss of a target on questions that were never shown, in nats.
    public double heldOutLoss() {
        weights.round(masters);
        double loss = 0;
        int asked = 0;
        for (Batch batch : settings.task().heldOut(TESTED, settings.questions() / SHARDS, settings.seed())) {
            loss += passes.getFirst().loss(batch);
            asked += batch.asked();
        }
        return loss / asked;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
