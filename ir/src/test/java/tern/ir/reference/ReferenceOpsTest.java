package tern.ir.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;

/// The reference against the formulas in f64. The bounds are the usual ones of rounding analysis (Higham, Accuracy and
/// Stability of Numerical Algorithms, 2002, section 3.1), to first order and with a tenth to spare.
class ReferenceOpsTest {

    /// Half a unit in the last place of 1.
    private static final double U = 0x1p-24, SPARE = 1.1;

    private final SplittableRandom random = new SplittableRandom(5);

    /// Roundings that one element of a lane sum goes through.
    private static double roundings(int length) {
        return Math.ceilDiv(length, Op.LANES) + 4;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 127, 2560, 6912})
    void norms(int width) {
        float[] x = floats(2 * width), weight = floats(width);
        MemorySegment y = run(new Op.Norm(width, 1e-5f, true), 2, 0, of(x), of(weight), bytes(4 * width)).get(2);
        double[] expected = normed(Arrays.copyOfRange(x, width, 2 * width), weight);
        for (int k = 0; k < width; k++)
            assertThat((double) f32(y, k)).isCloseTo(expected[k], within(normError(width) * Math.abs(expected[k])));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 127, 2560, 6912})
    void normsAndQuantises(int width) {
        float[] x = floats(width), weight = floats(width);
        var results = run(new Op.NormQuantise(width, 1e-5f), 1, 0, of(x), of(weight), bytes(width), bytes(4));
        double[] a = normed(x, weight);
        double s = 127 / Math.max(1e-5, Arrays.stream(a).map(Math::abs).max().orElseThrow());
        double error = 2 * normError(width) + 3 * U;
        for (int k = 0; k < width; k++)
            assertThat((double) results.get(2).get(ValueLayout.JAVA_BYTE, k))
                    .isCloseTo(a[k] * s, within(0.5 + 127 * error * SPARE));
        assertThat((double) f32(results.get(3), 0)).isCloseTo(1 / s, within(error * SPARE / s));
    }

    /// Exactly: with s = 1, ties go to even and the ends are kept.
    @Test
    void quantisesWithoutANorm() {
        var results = run(new Op.Quantise(6), 1, 0, of(new float[] {127, -127, 0.5f, 1.5f, -2.5f, 3.4f}), bytes(6), bytes(4));
        assertThat(results.get(1).toArray(ValueLayout.JAVA_BYTE)).containsExactly(127, -127, 0, 2, -2, 3);
        assertThat(f32(results.get(2), 0)).isEqualTo(1f);
    }

    @Test
    void quantisesZerosToZeros() {
        var results = run(new Op.NormQuantise(17, 1e-5f), 1, 0, bytes(68), of(floats(17)), bytes(17), bytes(4));
        assertThat(results.get(2).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(f32(results.get(3), 0)).isEqualTo(1f / (127f / 1e-5f));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void multipliesByTheHead(Element element) {
        for (int width : new int[] {1, 16, 17, 127, 2560}) {
            int vocabulary = 7, n = 2;
            float[] x = floats(n * width), table = representable(element, floats(vocabulary * width));
            var results = run(new Op.Head(vocabulary, width, element, false), n, 0, of(x), of(element, table),
                    bytes(4 * n * vocabulary));
            for (int i = 0; i < n * vocabulary; i++) {
                double sum = 0, magnitude = 0;
                for (int k = 0; k < width; k++) {
                    double product = (double) table[i % vocabulary * width + k] * x[i / vocabulary * width + k];
                    sum += product;
                    magnitude += Math.abs(product);
                }
                assertThat((double) f32(results.get(2), i)).isCloseTo(sum, within(roundings(width) * U * magnitude * SPARE));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Op.RopePairs.class)
    void rotatesAndAppends(Op.RopePairs pairs) {
        int d = 6, position = 900, context = 1000;
        float theta = 500_000;
        float[] qkv = floats(4 * d);
        var op = new Op.RopeAppend(2, 1, d, context, theta, pairs, Element.F32);
        var results = run(op, 1, position, of(qkv.clone()), bytes(4 * context * d), bytes(4 * context * d));
        for (int head = 0; head < 3; head++) {
            for (int i = 0; i < d / 2; i++) {
                boolean halves = pairs == Op.RopePairs.HALVES;
                int first = halves ? i : 2 * i, second = halves ? i + d / 2 : 2 * i + 1;
                double a = qkv[head * d + first], b = qkv[head * d + second];
                double angle = position * Math.pow(theta, -2.0 * i / d), cos = Math.cos(angle), sin = Math.sin(angle);
                MemorySegment out = results.get(head < 2 ? 0 : 1);
                int at = head < 2 ? head * d : position * d;
                // Rounded: the cosine, the product, the sum.
                double error = 3 * U * (Math.abs(a) + Math.abs(b)) * SPARE;
                assertThat((double) f32(out, at + first)).isCloseTo(a * cos - b * sin, within(error));
                assertThat((double) f32(out, at + second)).isCloseTo(b * cos + a * sin, within(error));
            }
        }
        for (int j = 0; j < d; j++) {
            assertThat(f32(results.get(0), 2 * d + j)).as("keys and values stay").isEqualTo(qkv[2 * d + j]);
            assertThat(f32(results.get(2), position * d + j)).isEqualTo(qkv[3 * d + j]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 17, 128})
    void attends(int d) {
        int heads = 4, kvHeads = 2, context = 40, n = 3, position = 30;
        float[] qkv = floats(n * (heads + 2 * kvHeads) * d);
        float[] keys = floats(kvHeads * context * d), values = floats(kvHeads * context * d);
        var op = new Op.Attention(heads, kvHeads, d, context, Element.F32);
        MemorySegment y = run(op, n, position, of(qkv), of(keys), of(values), bytes(4 * n * heads * d)).get(3);
        for (int i = 0; i < n; i++) {
            for (int h = 0; h < heads; h++) {
                int seen = position + i + 1, query = (i * (heads + 2 * kvHeads) + h) * d, cached = h / 2 * context * d;
                double[] e = new double[seen];
                double scoreError = 0, sum = 0;
                for (int p = 0; p < seen; p++) {
                    double score = 0, magnitude = 0;
                    for (int j = 0; j < d; j++) {
                        double product = (double) keys[cached + p * d + j] * qkv[query + j];
                        score += product;
                        magnitude += Math.abs(product);
                    }
                    scoreError = Math.max(scoreError, (roundings(d) + 3) * U * magnitude / Math.sqrt(d));
                    e[p] = Math.exp(score / Math.sqrt(d));
                    sum += e[p];
                }
                // An error of a score, of their maximum and of exp (two units in the last place) in numerator and sum.
                double relative = 2 * (2 * scoreError + 4 * U) + (seen + roundings(seen) + 1) * U;
                for (int j = 0; j < d; j++) {
                    double expected = 0, magnitude = 0;
                    for (int p = 0; p < seen; p++) {
                        expected += e[p] / sum * values[cached + p * d + j];
                        magnitude += e[p] / sum * Math.abs(values[cached + p * d + j]);
                    }
                    assertThat((double) f32(y, (i * heads + h) * d + j))
                            .isCloseTo(expected, within(relative * magnitude * SPARE));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void embedsExactly(Element element) {
        float[] table = representable(element, floats(5 * 3));
        MemorySegment tokens = MemorySegment.ofArray(new int[] {4, 0, 4});
        MemorySegment x = run(new Op.Embed(5, 3, element), 3, 0, tokens, of(element, table), bytes(36)).get(2);
        for (int i = 0; i < 9; i++) assertThat(f32(x, i)).isEqualTo(table[i / 3 == 1 ? i % 3 : 12 + i % 3]);
        assertThatThrownBy(() -> run(new Op.Embed(4, 3, element), 3, 0, tokens, of(element, table), bytes(36)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void picksTheLowestIndexOfTheLargest() {
        var table = of(new float[] {-3, 1, 2, -1, 2});
        var op = new Op.TopLogits(5, 1, Element.F32, 3);
        var results = run(op, 1, 0, of(new float[] {2}), table, bytes((int) new Int8Head(5, 1).bytes()), bytes(12), bytes(12));
        assertThat(results.get(3).toArray(ValueLayout.JAVA_INT_UNALIGNED)).containsExactly(2, 4, 1);
        assertThat(results.get(4).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(4, 4, 2);
    }

    private static double[] normed(float[] x, float[] weight) {
        double squares = 0;
        for (float value : x) squares += (double) value * value;
        double r = 1 / Math.sqrt(squares / x.length + 1e-5f);
        double[] y = new double[x.length];
        for (int k = 0; k < y.length; k++) y[k] = x[k] * r * weight[k];
        return y;
    }

    /// Relative: half of that of the sum, the quotient and the addition of epsilon; root, reciprocal and two products.
    private static double normError(int width) {
        return ((roundings(width) + 2) / 2 + 4) * U * SPARE;
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) floats[i] = (float) random.nextGaussian();
        return floats;
    }

    private static float[] representable(Element element, float[] values) {
        for (int i = 0; i < values.length; i++) values[i] = Numbers.round(element, values[i]);
        return values;
    }

    private static Offset<Double> within(double error) {
        return Offset.offset(error);
    }

    private static MemorySegment of(float[] values) {
        return MemorySegment.ofArray(values);
    }

    private static MemorySegment of(Element element, float[] values) {
        var cells = new Cells(MemorySegment.ofArray(new byte[values.length * element.bytes()]));
        for (int i = 0; i < values.length; i++) cells.real(element, i, values[i]);
        return cells.memory();
    }

    private static MemorySegment bytes(int count) {
        return MemorySegment.ofArray(new byte[count]);
    }

    private static float f32(MemorySegment memory, int index) {
        return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * index);
    }

    private static List<MemorySegment> run(Op op, int n, int position, MemorySegment... arguments) {
        ReferenceOps.compile(op).launch(Arrays.stream(arguments).map(ReferenceBuffer::new).toList(), n, position);
        return List.of(arguments);
    }
}
