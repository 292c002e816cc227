package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.GpuOpsTest.Case;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Device;
import tern.ir.target.Targets;

/// Attention over several parts of the context, and by tiles, on a simulated card: within the bound of its reductions, see
/// [tern.codegen.cuda.ops.AttentionPrograms], and the same bits in each run.
class GpuAttentionTest {

    private static final double U = 0x1p-24;

    static List<Case> cases() {
        return List.of(
                new Case(new Op.Attention(4, 2, 32, 160, Element.BF16), 2, 150),
                new Case(new Op.Attention(4, 1, 128, 300, Element.F32), 1, 280),
                new Case(new Op.Attention(3, 1, 64, 200, Element.I8), 1, 128),
                new Case(new Op.Attention(4, 2, 32, 160, Element.BF16), 11, 0),
                new Case(new Op.Attention(3, 1, 64, 200, Element.I8), 9, 60),
                new Case(new Op.Attention(4, 1, 128, 100, Element.BF16), 9, 40));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void staysWithinItsBound(Case one) {
        List<byte[]> arguments = GpuOpsTest.arguments(one);
        float[] expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = result(GpuOpsTest.run(reference, one, arguments));
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            List<byte[]> all = GpuOpsTest.run(card, one, arguments);
            found = result(all);
            assertThat(GpuOpsTest.run(card, one, arguments).get(3)).as("a second run").isEqualTo(all.get(3));
        }
        int differ =
                compare(one, arguments, expected, found, (seen, d, sizes, distance) -> 2 * (2 * d * sizes + (2 + seen / 32.0) * (distance + 8) + 2 * seen) * U);
        // Parts of the context are the blocks of the definition; tiles add up in another order.
        if (one.n() <= 2) assertThat(differ).as("results of parts that differ").isZero();
        else assertThat(differ).as("results that another order has changed").isPositive();
    }

    static List<Case> manyTokens() {
        return List.of(
                new Case(new Op.Attention(4, 2, 32, 160, Element.BF16), 39, 100),
                new Case(new Op.Attention(3, 1, 64, 90, Element.BF16), 20, 60),
                new Case(new Op.Attention(5, 1, 32, 128, Element.BF16), 66, 62),
                new Case(new Op.Attention(4, 1, 128, 100, Element.BF16), 17, 48));
    }

    /// See [tern.codegen.cuda.ops.MatrixAttention]; once with any queries, once with such as bf16 holds, whose scores are almost exact.
    @ParameterizedTest(name = "{0}")
    @MethodSource("manyTokens")
    void productsOfMatricesStayWithinTheirBound(Case one) {
        for (boolean rounded : new boolean[] {false, true}) {
            List<byte[]> arguments = GpuOpsTest.arguments(one);
            if (rounded) for (int at = 0; at < arguments.getFirst().length; at += 4) arguments.getFirst()[at] = arguments.getFirst()[at + 1] = 0;
            float[] expected, found;
            try (Device reference = Devices.open("reference", 1)) {
                expected = result(GpuOpsTest.run(reference, one, arguments));
            }
            try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
                assertThat(card.compile(one.op()).listing()).contains("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
                found = result(GpuOpsTest.run(card, one, arguments));
            }
            double v = 0x1p-8;
            int differ = compare(one, arguments, expected, found, (seen, d, sizes, distance) -> {
                double score = ((rounded ? 0 : v) + (34 * d / 16 + 4) * U) * sizes;
                return (Math.expm1(2 * score) + v + (2 + seen / 32.0) * (distance + 12) * U + 5 * seen * U) * (1 + 2 * v);
            });
            assertThat(differ).as("results that bf16 has changed").isGreaterThan(expected.length / 2);
        }
    }

    /// However a prompt is cut.
    @Test
    void productsOfMatricesGiveATokenTheSameBitsInAnyLaunch() {
        Op.Attention op = new Op.Attention(4, 2, 32, 160, Element.BF16);
        var whole = new Case(op, 39, 70);
        List<byte[]> arguments = GpuOpsTest.arguments(whole);
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            byte[] expected = GpuOpsTest.run(card, whole, arguments).get(3);
            int query = arguments.get(0).length / 39, result = expected.length / 39;
            for (int from : new int[] {0, 17}) {
                int end = from == 0 ? 17 : 39;
                byte[] some = Arrays.copyOfRange(arguments.get(0), from * query, end * query);
                var part = List.of(some, arguments.get(1), arguments.get(2), new byte[(end - from) * result]);
                assertThat(GpuOpsTest.run(card, new Case(op, end - from, 70 + from), part).get(3)).as("tokens from %d on", from)
                        .isEqualTo(Arrays.copyOfRange(expected, from * result, end * result));
            }
        }
    }

    /// @param seen     positions that a token sees
    /// @param d        of a head
    private interface Bound {
        double of(int seen, int d, double sizes, double distance);
    }

    /// @return how many results differ
    private static int compare(Case one, List<byte[]> arguments, float[] expected, float[] found, Bound bound) {
        Op.Attention op = (Op.Attention) one.op();
        int differ = 0;
        for (int i = 0; i < one.n(); i++)
            for (int head = 0; head < op.heads(); head++) {
                double[] bounds = bounds(op, arguments, i, head, one.position() + i + 1, bound);
                for (int j = 0; j < op.headDim(); j++) {
                    int at = (i * op.heads() + head) * op.headDim() + j;
                    assertThat((double) found[at]).as("token %d, head %d, element %d", i, head, j)
                            .isBetween(expected[at] - bounds[j], expected[at] + bounds[j]);
                    if (found[at] != expected[at]) differ++;
                }
            }
        return differ;
    }

    private static float[] result(List<byte[]> arguments) {
        return MemorySegment.ofArray(arguments.get(3)).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    /// For each element of a head of a token.
    private static double[] bounds(Op.Attention op, List<byte[]> arguments, int token, int head, int seen, Bound bound) {
        int d = op.headDim(), kvHead = head / (op.heads() / op.kvHeads());
        MemorySegment qkv = MemorySegment.ofArray(arguments.get(0));
        double[] scores = new double[seen];
        double sizes = 0, most = Double.NEGATIVE_INFINITY, least = Double.POSITIVE_INFINITY;
        for (int p = 0; p < seen; p++) {
            double size = 0;
            for (int j = 0; j < d; j++) {
                long at = ((long) token * (op.heads() + 2 * op.kvHeads()) + head) * d + j;
                double product = qkv.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at) * cached(op.layout(), arguments.get(1), kvHead, p, j);
                scores[p] += product / Math.sqrt(d);
                size += Math.abs(product) / Math.sqrt(d);
            }
            sizes = Math.max(sizes, size);
            most = Math.max(most, scores[p]);
            least = Math.min(least, scores[p]);
        }
        double distance = Math.min(87, most - least), sum = 0;
        double[] bounds = new double[d];
        for (int p = 0; p < seen; p++) {
            double weight = Math.exp(scores[p] - most);
            sum += weight;
            for (int j = 0; j < d; j++) bounds[j] += weight * Math.abs(cached(op.layout(), arguments.get(2), kvHead, p, j));
        }
        double factor = bound.of(seen, d, sizes, distance);
        for (int j = 0; j < d; j++) bounds[j] *= factor / sum;
        return bounds;
    }

    private static double cached(CacheLayout layout, byte[] cache, int kvHead, int position, int j) {
        MemorySegment memory = MemorySegment.ofArray(cache);
        long at = layout.row(kvHead, position) + (long) j * layout.element().bytes();
        return switch (layout.element()) {
            case F32 -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
            case BF16 -> Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16);
            case I8 -> (double) cache[(int) at] * memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, layout.scale(kvHead, position));
            case BOOL, U8, F16, I16, U16, I32, U32, I64, U64 -> throw new AssertionError(layout);
        };
    }
}
