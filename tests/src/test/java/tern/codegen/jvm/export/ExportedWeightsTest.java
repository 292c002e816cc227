package tern.codegen.jvm.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javapoet.TypeSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.JavaCompilation;
import tern.autotune.verify.RandomPackings;
import tern.codegen.jvm.source.JavaText;
import tern.codegen.jvm.source.WeightsSource;
import tern.codegen.source.PackerText;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.text.Printer;
import tern.ir.text.Tir;

/// The packer that comes with an exported kernel, against [Packer]: byte for byte, at sizes around the tile.
class ExportedWeightsTest {

    private static final float SCALE = 0.3f;
    private static final int RANDOM = 60;

    @TempDir
    Path folder;

    private record Case(String name, Packing packing, int m, int k) {}

    @Test
    void packsAsThePackerDoes() throws Exception {
        Path sources = Files.createDirectories(folder.resolve("sources")), classes = folder.resolve("classes");
        List<Case> cases = cases();
        for (Case one : cases) write(sources, one);
        JavaCompilation.compile(sources, classes, "");
        ClassLoader loader = JavaCompilation.loader(classes);
        int held = 0, refused = 0;
        for (Case one : cases) {
            var packer = new Exported(one, loader.loadClass("weights." + one.name + "$Weights"));
            packer.provesRandomWeights();
            for (int digit = -2; digit <= 2; digit++) {
                byte[] all = new byte[one.m * one.k];
                Arrays.fill(all, (byte) digit);
                if (packer.agreesOn(all)) held++;
                else refused++;
            }
            var random = new SplittableRandom(5);
            byte[] trits = new byte[one.m * one.k];
            for (int i = 0; i < trits.length; i++) trits[i] = (byte) (random.nextInt(3) - 1);
            if (packer.agreesOn(trits)) held++;
            else refused++;
        }
        assertThat(held).as("matrices that packings hold").isGreaterThan(3 * cases.size());
        assertThat(refused).as("matrices that packings refuse").isGreaterThan(2 * cases.size());
    }

    private static void write(Path sources, Case one) throws IOException {
        TypeSpec type = TypeSpec.classBuilder(one.name).addType(WeightsSource.of(one.packing, one.m, one.k)).build();
        Files.writeString(sources.resolve(one.name + ".java"), JavaText.file("weights", type));
    }

    private static List<Case> cases() {
        var packings = new ArrayList<>(Tir.library().allPackings());
        for (int seed = 0; seed < RANDOM; seed++) {
            var random = new SplittableRandom(seed);
            packings.add(seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random));
        }
        packings.removeIf(packing -> PackerText.refusal(packing) != null);
        var cases = new ArrayList<Case>();
        for (Packing packing : packings) {
            int rows = packing.rows(), columns = packing.columns(), number = cases.size();
            int m = number % 3 == 0 ? rows + 1 : number % 3 == 1 ? Math.max(1, rows - 1) : 2 * rows;
            int k = number % 2 == 0 ? columns + 1 : Math.max(1, 2 * columns - 1);
            cases.add(new Case("W" + number, packing, m, k));
        }
        return cases;
    }

    /// A packer as a user has it.
    private static final class Exported {
        private final Case one;
        private final Class<?> type;
        private final int bytes;

        Exported(Case one, Class<?> type) {
            this.one = one;
            this.type = type;
            this.bytes = Math.toIntExact(one.packing.bytes(one.m, one.k));
        }

        private Method method(String name) {
            return Arrays.stream(type.getMethods()).filter(m -> m.getName().equals(name)).findFirst().orElseThrow();
        }

        void provesRandomWeights() throws ReflectiveOperationException {
            byte[] weights = new byte[one.m * one.k];
            method("random").invoke(null, 3L, weights);
            assertThat(agreesOn(weights)).as("%s holds what it draws", this).isTrue();
            if (weights.length > 50) assertThat(Arrays.copyOf(weights, weights.length)).as("%s", this).isNotEqualTo(new byte[weights.length]);
        }

        /// Whether both pack the weights, to the same bytes, rather than both refuse.
        boolean agreesOn(byte[] weights) throws ReflectiveOperationException {
            byte[] expected = expected(weights), actual = actual(weights);
            assertThat(actual).as("%s", this).isEqualTo(expected);
            if (actual == null) return false;
            byte[] back = new byte[weights.length];
            method("unpack").invoke(null, MemorySegment.ofArray(actual), back);
            assertThat(back).as("%s", this).isEqualTo(weights);
            return true;
        }

        private byte @Nullable [] expected(byte[] weights) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment packed = arena.allocate(Math.max(1, bytes), 64);
                int rowTiles = one.packing.rowTiles(one.m);
                Packer.of(one.packing).pack(one.m, one.k,
                        (row, into) -> System.arraycopy(weights, row * one.k, into, 0, one.k), packed, tern.ir.Scales.one(SCALE), 0, rowTiles);
                return packed.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }

        private byte @Nullable [] actual(byte[] weights) throws ReflectiveOperationException {
            byte[] packed = new byte[bytes];
            MemorySegment segment = MemorySegment.ofArray(packed);
            try {
                if (WeightsSource.hasScale(one.packing)) method("pack").invoke(null, weights, SCALE, segment);
                else method("pack").invoke(null, weights, segment);
                return packed;
            } catch (InvocationTargetException e) {
                assertThat(e.getCause()).as("%s", this).isInstanceOf(IllegalArgumentException.class);
                return null;
            }
        }

        @Override
        public String toString() {
            return "%d x %d of%n%s".formatted(one.m, one.k, Printer.printWithCodecs(one.packing));
        }
    }
}
