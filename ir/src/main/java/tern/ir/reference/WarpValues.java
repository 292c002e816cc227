package tern.ir.reference;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// What expressions mean whose lanes are the threads of a warp.
final class WarpValues {

    /// Bytes that a thread holds of one operand of mma.
    private static final int PART = 4;

    private final Function<Expr, Lanes> values;
    private final Function<Buf, Memory> buffers;

    WarpValues(Function<Expr, Lanes> values, Function<Buf, Memory> buffers) {
        this.values = values;
        this.buffers = buffers;
    }

    Lanes value(Expr.Warp expr) {
        return switch (expr) {
            case Expr.Lane(Type type) -> Lanes.ofIntegers(type, l -> l);
            case Expr.Gather(Type type, Buf buffer, Expr indices) -> {
                Memory memory = buffers.apply(buffer);
                Lanes from = values.apply(indices);
                int run = type.lanes() / from.lanes();
                yield type.element().isFloat()
                        ? Lanes.ofFloats(type, l -> memory.loadFloat(from.ints[l / run] + l % run), from)
                        : Lanes.ofIntegers(type, l -> memory.load(from.ints[l / run] + l % run), from);
            }
            case Expr.Mma mma -> mma(mma);
        };
    }

    /// Lane by lane: where in the fragments row, column and k of a product lie.
    private Lanes mma(Expr.Mma mma) {
        Lanes sum = values.apply(mma.sum());
        List<Lanes> a = mma.a().stream().map(values).toList(), b = mma.b().stream().map(values).toList();
        Lanes[] operands = Stream.of(List.of(sum), a, b).flatMap(List::stream).toArray(Lanes[]::new);
        if (sum.isFloat()) return mmaOfFloats(sum, a, b, operands);
        return Lanes.ofIntegers(sum.type, l -> {
            int thread = l / PART, i = l % PART;
            int row = thread / 4, column = thread % 4 * 2 + i % 2;
            long dot = sum.ints[l];
            for (int k = 0; k < 32; k++) {
                int half = k / 16, inPart = k % 4, t = k % 16 / 4;
                Lanes rows = a.get(i / 2 + 2 * half), columns = b.get(half);
                dot += rows.ints[(row * 4 + t) * PART + inPart] * columns.ints[(column * 4 + t) * PART + inPart];
            }
            return dot;
        }, operands);
    }

    private static Lanes mmaOfFloats(Lanes sum, List<Lanes> a, List<Lanes> b, Lanes[] operands) {
        return Lanes.ofFloats(sum.type, l -> {
            int thread = l / PART, i = l % PART;
            int row = thread / 4, column = thread % 4 * 2 + i % 2;
            double dot = sum.floats[l];
            for (int k = 0; k < 16; k++) {
                int half = k / 8, inPart = k % 2, t = k % 8 / 2;
                Lanes rows = a.get(i / 2 + 2 * half), columns = b.get(half);
                dot += (double) rows.floats[(row * 4 + t) * 2 + inPart] * columns.floats[(column * 4 + t) * 2 + inPart];
            }
            return (float) dot;
        }, operands);
    }
}
