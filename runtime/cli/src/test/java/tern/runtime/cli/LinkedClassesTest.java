package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/// What is written out means what it meant: the same program, run as it was compiled and rewritten.
class LinkedClassesTest {

    sealed interface Shape {
        record Empty() implements Shape {}

        record All(boolean a, byte b, char c, short d, int e, long f, float g, double h, @Nullable String i, List<Shape> j) implements Shape {}

        record Pair(Shape left, Shape right) implements Shape {}
    }

    /// Compiled with this test; [#call()] tells all that can be seen.
    public static final class Sample implements Callable<String> {

        private static final Shape ALL = new Shape.All(true, (byte) -1, 'x', (short) 300, -5, 1L << 40, -0f, Double.NaN, null, List.of(new Shape.Empty()));

        private static String name(Object of) {
            return switch (of) {
                case Shape.Pair(Shape.Empty _, Shape.Empty _) -> "nothing twice";
                case Shape.Pair(Shape.Pair inner, Shape right) when inner.equals(right) -> "the same " + name(inner);
                case Shape.Pair(Shape left, _) -> "pair of " + name(left);
                case Shape.All all when all.e() > 0 -> "positive";
                case Shape shape -> shape.toString();
                case Integer number -> "number " + number;
                default -> "other";
            };
        }

        @Override
        public String call() {
            var told = new StringBuilder();
            Shape empty = new Shape.Empty(), pair = new Shape.Pair(empty, empty);
            List<Object> all = List.of(empty, ALL, pair, new Shape.Pair(pair, pair), new Shape.Pair(pair, empty), new Shape.Pair(ALL, empty), 7, "text");
            for (Object one : all) {
                told.append(name(one)).append(' ').append(one).append(' ').append(one.hashCode());
                for (Object other : all) told.append(one.equals(other) ? '1' : '0');
                told.append('\n');
            }
            told.append(ALL.equals(new Shape.All(true, (byte) -1, 'x', (short) 300, -5, 1L << 40, 0f, Double.NaN, null, List.of()))).append(ALL.equals(null));
            try {
                told.append(name(nothing()));
            } catch (NullPointerException e) {
                told.append("null is none");
            }
            return told.toString();
        }

        @SuppressWarnings("NullAway")
        private static Object nothing() {
            return null;
        }
    }

    /// Loads the classes of this test anew, rewritten.
    private static final class Rewritten extends ClassLoader {

        int late, left;

        Rewritten() {
            super(LinkedClassesTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(LinkedClassesTest.class.getName() + "$S")) return super.loadClass(name, resolve);
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) return loaded;
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes(), linked = LinkedClasses.of(ClassFile.of(), bytes);
                late += late(bytes);
                left += late(linked);
                return defineClass(name, linked, 0, linked.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        private static int late(byte[] bytes) {
            return (int) ClassFile.of().parse(bytes).methods().stream().flatMap(method -> method.code().stream()).flatMap(CodeModel::elementStream)
                    .filter(element -> element instanceof InvokeDynamicInstruction dynamic
                            && !dynamic.bootstrapMethod().owner().displayName().equals("StringConcatFactory"))
                    .count();
        }
    }

    @Test
    void meansWhatItMeant() throws Exception {
        var loader = new Rewritten();
        Object sample = loader.loadClass(Sample.class.getName()).getConstructor().newInstance();
        assertThat(((Callable<?>) sample).call()).isEqualTo(new Sample().call());
        assertThat(loader.late).isGreaterThan(10);
        assertThat(loader.left).isZero();
    }

    @Test
    void whatHasNoneIsTheSame() throws IOException {
        try (InputStream in = Object.class.getResourceAsStream("Object.class")) {
            byte[] bytes = in.readAllBytes();
            assertThat(LinkedClasses.of(ClassFile.of(), bytes)).isSameAs(bytes);
        }
    }
}
