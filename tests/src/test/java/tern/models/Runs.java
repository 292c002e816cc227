package tern.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import tern.Breadth;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.runtime.model.Session;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Models run by Tern, compared with plain Java.
final class Runs {

    private static final int TOKENS = 9;

    private Runs() {}

    static int[] ids(int vocabulary) {
        return new SplittableRandom(5).ints(TOKENS, 0, vocabulary).toArray();
    }

    /// Logits after every token, on the CPU and on the reference.
    static float[][] logits(Path file, String device, Path cache) throws IOException {
        return logits(file, device, 0, cache);
    }

    /// @param inputGroup see [tern.runtime.model.Block]
    static float[][] logits(Path file, String device, int inputGroup, Path cache) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device opened = open(device)) {
            ModelSource source = ModelSource.open(file, arena, false, inputGroup);
            var library = new ScheduledLibrary(opened, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(64, 4, Element.F32, 2, cache);
            Model model = Model.load(opened, library, source, settings, arena, done -> {});
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            var rows = new ArrayList<float[]>();
            model.session(true, 0).feed(ids(model.config().vocabulary()), row, (token, logits) -> rows.add(logits.toArray(ValueLayout.JAVA_FLOAT)));
            return rows.toArray(float[][]::new);
        }
    }

    /// The same logits, up to the rounding of f32. Seeds are such that no activation lies at a rounding tie: one that flips shows as a
    /// hundredth.
    static void assertAgrees(Path file, PlainModel model, Path cache) throws IOException {
        double[][] expected = model.logits(ids(model.config.vocabulary()));
        for (String device : List.of("cpu", "reference")) {
            float[][] actual = logits(file, device, model.config.block().inputGroup(), cache);
            assertThat(actual).hasNumberOfRows(expected.length);
            for (int t = 0; t < expected.length; t++)
                for (int v = 0; v < expected[t].length; v++)
                    assertThat((double) actual[t][v]).as("%s, token %d, logit %d", device, t, v).isCloseTo(expected[t][v], within(expected[t]));
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double[] row) {
        double largest = 0;
        for (double value : row) largest = Math.max(largest, Math.abs(value));
        return org.assertj.core.data.Offset.offset(1e-5 * largest);
    }

    /// Whether the largest logits are found with the int8 head, too.
    static int[] generated(Path file, Path cache, int tokens) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device opened = open("cpu")) {
            ModelSource source = ModelSource.open(file, arena, false);
            var library = new ScheduledLibrary(opened, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(opened, library, source, new Model.Settings(64, 4, Element.F32, 2, cache), arena, done -> {});
            Session session = model.session(false, 1);
            session.feed(ids(model.config().vocabulary()));
            MemorySegment token = arena.allocate(4, 4), logit = arena.allocate(4, 4);
            int[] made = new int[tokens];
            for (int i = 0; i < tokens; i++) {
                session.topLogits(token, logit);
                made[i] = token.get(ValueLayout.JAVA_INT, 0);
                session.next(made[i]);
            }
            return made;
        }
    }

    static Device open(String name) {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals(name)) return provider.open(2).getFirst();
        throw new AssertionError("no device named " + name);
    }
}
