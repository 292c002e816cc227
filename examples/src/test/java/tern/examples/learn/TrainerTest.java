package tern.examples.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Training learns, is the same each time, and its file means what was trained.
class TrainerTest {

    /// I2_S holds rows of 128 and more.
    private static final ModelConfig NARROW =
            new ModelConfig("bitnet-b1.58", 128, 1, 4, 2, 32, 128, 288, 64, 1e-5f, 10000f, RopePairs.HALVES);

    private static final Trainer.Settings SHORT = new Trainer.Settings(new Sums(2), NARROW, 80, 16, 0.01f, 3);

    @TempDir
    Path folder;

    private Path train(String name, int threads, double[] losses) throws IOException, InterruptedException {
        Path file = folder.resolve(name);
        try (var trainer = new Trainer(SHORT, threads)) {
            for (int i = 0; i < losses.length; i++) losses[i] = trainer.step();
            trainer.write(file);
        }
        return file;
    }

    @Test
    void theSameSeedGivesTheSameFileWithAnyThreads() throws IOException, InterruptedException {
        assertThat(train("b", 3, new double[4])).hasSameBinaryContentAs(train("a", 1, new double[4]));
        assertThat(Files.mismatch(train("c", 2, new double[5]), folder.resolve("a"))).isNotNegative();
    }

    @Test
    void whatIsWrittenIsWhatWasTrained() throws IOException, InterruptedException {
        Path file = folder.resolve("trained.gguf");
        double expected;
        try (var trainer = new Trainer(SHORT, 2)) {
            double first = trainer.heldOutLoss();
            for (int i = 0; i < SHORT.steps(); i++) trainer.step();
            expected = trainer.heldOutLoss();
            assertThat(expected).isLessThan(0.6 * first);
            trainer.write(file);
        }
        // The runtime sums in another order, so an activation may round otherwise now and then.
        assertThat(loss(file)).isCloseTo(expected, within(0.02 * expected));
    }

    /// Mean loss on the questions of [Trainer#heldOutLoss], by the runtime.
    private double loss(Path file) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = cpu()) {
            var library = new ScheduledLibrary(device, List.of(Tir.library().packing("i2_s")), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(
                    device, library, GgufModel.open(file, arena, false), new Model.Settings(0, 8, Element.F32, 1, folder), arena, done -> {});
            var session = model.session(true, 0);
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            double[] sum = new double[2];
            for (Sums.Sum one : new Sums(2).heldOut(64, SHORT.seed())) {
                Batch batch = Sums.batch(List.of(one));
                session.reset();
                session.feed(batch.tokens(), row, (i, logits) -> {
                    if (batch.targets()[i] < 0) return;
                    sum[0] += nats(logits.toArray(ValueLayout.JAVA_FLOAT), batch.targets()[i]);
                    sum[1]++;
                });
            }
            return sum[0] / sum[1];
        }
    }

    private static Device cpu() {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals("cpu")) return provider.open(1).getFirst();
        throw new AssertionError("no CPU back end");
    }

    private static double nats(float[] logits, int target) {
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit);
        return Math.log(sum) - logits[target];
    }

    @Test
    void questionsOfTheExamAreNeverTaught() {
        var sums = new Sums(2);
        var random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) assertThat(Sums.isHeldOut(sums.draw(random, false))).isFalse();
        assertThat(sums.heldOut(100, 1)).allMatch(Sums::isHeldOut).doesNotHaveDuplicates();
        assertThat(new Sums.Sum(47, 85).question() + new Sums.Sum(47, 85).answer()).isEqualTo("47+85=231:132");
    }
}
