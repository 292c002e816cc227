package tern.examples.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.examples.learn.Layout.Tensor;
import tern.ir.Op.RopePairs;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Positions;

/// Gradients against finite differences: for each tensor, the loss is measured a small step away in random directions.
class PassTest {

    static final ModelConfig SMALL =
            new ModelConfig("bitnet-b1.58", 32, 2, 4, 2, 8, 64, 288, 64, 1e-5f, 10000f, RopePairs.HALVES);

    private static final float STEP = 1e-3f;
    private static final int DIRECTIONS = 4;

    /// Rounds as BitNet does the first time; from then on it adds what rounding added then. That is the function whose gradient the
    /// straight-through estimator computes.
    private static final class Frozen implements Rounding {
        private final Map<Integer, float[]> weights = new HashMap<>();
        private final List<float[]> activations = new ArrayList<>();
        private int next;

        void rewind() {
            next = 0;
        }

        @Override
        public void weights(float[] masters, int at, int count, float[] rounded) {
            float[] added = weights.computeIfAbsent(at, _ -> {
                BITNET.weights(masters, at, count, rounded);
                float[] difference = new float[count];
                for (int i = 0; i < count; i++) difference[i] = rounded[at + i] - masters[at + i];
                return difference;
            });
            for (int i = 0; i < count; i++) rounded[at + i] = masters[at + i] + added[i];
        }

        @Override
        public void activations(float[] x, int at, int count) {
            if (next == activations.size()) {
                float[] difference = new float[count];
                for (int i = 0; i < count; i++) difference[i] = -x[at + i];
                BITNET.activations(x, at, count);
                for (int i = 0; i < count; i++) difference[i] += x[at + i];
                activations.add(difference);
                next++;
                return;
            }
            float[] added = activations.get(next++);
            for (int i = 0; i < count; i++) x[at + i] += added[i];
        }
    }

    /// BitNet-embedding on Qwen3.
    private static final ModelConfig VECTORS = new ModelConfig("qwen3", 32, 2, 4, 2, 16, 64, 320, 64, 1e-6f, 10000f, RopePairs.HALVES,
            new Block(Set.of(Norms.HEAD, Norms.INPUT), Activation.SILU, true, Positions.PLAIN, 1, 0));

    @ParameterizedTest(name = "straight through {0}")
    @ValueSource(booleans = {false, true})
    void gradientsOfSumsAreThoseOfTheLoss(boolean straightThrough) {
        gradientsAreThoseOfTheLoss(SMALL, new Sums(3), straightThrough);
    }

    @ParameterizedTest(name = "straight through {0}")
    @ValueSource(booleans = {false, true})
    void gradientsOfVectorsAreThoseOfTheLoss(boolean straightThrough) {
        gradientsAreThoseOfTheLoss(VECTORS, new Numbers(), straightThrough);
    }

    private static void gradientsAreThoseOfTheLoss(ModelConfig config, Task task, boolean straightThrough) {
        var layout = new Layout(config);
        var frozen = new Frozen();
        var weights = new Weights(layout, straightThrough ? frozen : Rounding.NONE);
        var random = new SplittableRandom(5);
        float[] masters = Trainer.firstWeights(layout, random);
        for (Tensor part : layout.parts()) // norms that are not all one
            if (part.m() == 1) for (int i = 0; i < part.k(); i++) masters[part.at() + i] += 0.3f * (random.nextFloat() - 0.5f);
        Batch batch = task.draw(random, 4);
        var pass = new Pass(config, weights, task.loss(weights, batch.rows()), batch.rows(), task.longest());

        float[] gradient = new float[layout.size()];
        weights.round(masters);
        double loss = pass.learn(batch, 1, gradient);
        frozen.rewind();
        assertThat(pass.loss(batch)).isCloseTo(loss, within(1e-4));

        for (Tensor part : layout.parts()) {
            double length = 0;
            for (int i = part.at(); i < part.at() + part.size(); i++) length += (double) gradient[i] * gradient[i];
            length = Math.sqrt(length);
            assertThat(length).as(part.name()).isPositive();
            for (int d = 0; d < DIRECTIONS; d++) {
                float[] direction = new float[part.size()];
                double expected = 0;
                for (int i = 0; i < direction.length; i++) {
                    direction[i] = random.nextBoolean() ? STEP : -STEP;
                    expected += direction[i] * (double) gradient[part.at() + i];
                }
                double found = (loss(masters, part, direction, 1, weights, frozen, pass, batch)
                        - loss(masters, part, direction, -1, weights, frozen, pass, batch))
                        / 2;
                assertThat(found / STEP).as("%s, direction %d", part.name(), d).isCloseTo(expected / STEP, within(0.03 * length + 0.01));
            }
        }
    }

    private static double loss(
            float[] masters, Tensor part, float[] direction, float sign, Weights weights, Frozen frozen, Pass pass, Batch batch) {
        float[] moved = masters.clone();
        for (int i = 0; i < direction.length; i++) moved[part.at() + i] += sign * direction[i];
        weights.round(moved);
        frozen.rewind();
        return pass.loss(batch);
    }
}
