package tern.ir.reference;

import static java.util.Locale.ROOT;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// What every expression of Loop IR means, lane by lane.
final class Values {

    private final Function<Var, Lanes.Cell> variables;
    private final Function<Buf, Memory> buffers;

    Values(Function<Var, Lanes.Cell> variables, Function<Buf, Memory> buffers) {
        this.variables = variables;
        this.buffers = buffers;
    }

    Lanes value(Expr expr) {
        return switch (expr) {
            case Expr.Int(Type type, long value) -> {
                var cell = new Lanes.Cell(type);
                Arrays.fill(cell.ints, Numbers.wrap(type.element(), value));
                yield cell;
            }
            case Expr.Real(Type type, float value) -> {
                var cell = new Lanes.Cell(type);
                Arrays.fill(cell.floats, Numbers.round(type.element(), value));
                yield cell;
            }
            case Expr.Ref(Var var) -> variables.apply(var);
            case Expr.Load load -> load(load);
            case Expr.Unary(var op, Expr a) -> unary(op, value(a));
            case Expr.Binary(var op, Expr a, Expr b) -> {
                Lanes x = value(a), y = value(b);
                yield op.isShift() ? shift(op, x, y) : x.isFloat() ? floats(op, x, y) : integers(op, x, y);
            }
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                Lanes x = value(a), y = value(b), z = value(c);
                yield Lanes.ofFloats(z.type, l -> Math.fma(x.floats[l], y.floats[l], z.floats[l]), x, y, z);
            }
            case Expr.Compare(var relation, Expr a, Expr b) -> compare(relation, value(a), value(b));
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Lanes c = value(condition), x = value(then), y = value(otherwise);
                yield x.isFloat()
                        ? Lanes.ofFloats(x.type, l -> c.ints[l] != 0 ? x.floats[l] : y.floats[l], c, x, y)
                        : Lanes.ofIntegers(x.type, l -> c.ints[l] != 0 ? x.ints[l] : y.ints[l], c, x, y);
            }
            case Expr.Convert(Type type, Expr a) -> convert(type, value(a));
            case Expr.Bitcast(Type type, Expr a) -> bitcast(type, value(a));
            case Expr.Broadcast(Type type, Expr a) -> pick(type, value(a), _ -> 0);
            case Expr.Lookup(Expr table, Expr index) -> {
                Lanes t = value(table), i = value(index);
                // Lanes are a power of two, so the low bits are the remainder.
                yield pick(t.type.withLanes(i.lanes()), t, l -> (int) i.ints[l] & t.lanes() - 1, i);
            }
            case Expr.Shuffle(Expr a, var pattern) -> {
                Lanes x = value(a);
                yield pick(x.type.withLanes(pattern.size()), x, pattern::get);
            }
            case Expr.Reduce(var op, Expr a) -> reduce(op, value(a));
            case Expr.Dot dot -> {
                Lanes s = value(dot.sum()), x = value(dot.a()), y = value(dot.b());
                int terms = dot.terms();
                yield Lanes.ofIntegers(s.type, l -> {
                    long total = s.ints[l];
                    for (int i = terms * l; i < terms * l + terms; i++) total += x.ints[i] * y.ints[i];
                    return Numbers.wrap(s.element(), total);
                }, s, x, y);
            }
            case Expr.Warp warp -> new WarpValues(this::value, buffers).value(warp);
        };
    }

    private Lanes load(Expr.Load load) {
        Memory memory = buffers.apply(load.buffer());
        Lanes index = value(load.index());
        Lanes limit = load.limit() == null ? null : value(load.limit());
        return new Lanes(load.type()) {
            @Override
            void run() {
                long from = index.scalar(), end = end(limit);
                for (int l = 0; l < lanes(); l++) {
                    boolean guarded = from + l >= end;
                    if (isFloat()) floats[l] = guarded ? 0 : memory.loadFloat(from + l);
                    else ints[l] = guarded ? 0 : Numbers.wrap(element(), memory.load(from + l));
                }
            }
        };
    }

    static long end(@Nullable Lanes limit) {
        return limit == null ? Long.MAX_VALUE : limit.scalar();
    }

    private static Lanes unary(Expr.Unary.Operation op, Lanes a) {
        float[] x = a.floats;
        long[] i = a.ints;
        return switch (op) {
            case NEGATE -> a.isFloat() ? Lanes.ofFloats(a.type, l -> -x[l], a) : Lanes.ofIntegers(a.type, l -> -i[l], a);
            case ABS -> a.isFloat()
                    ? Lanes.ofFloats(a.type, l -> Math.abs(x[l]), a)
                    : Lanes.ofIntegers(a.type, l -> a.element().isSigned() ? Math.abs(i[l]) : i[l], a);
            case NOT -> Lanes.ofIntegers(a.type, l -> ~i[l], a);
            case SQRT -> Lanes.ofFloats(a.type, l -> (float) Math.sqrt(x[l]), a);
            case ROUND -> Lanes.ofFloats(a.type, l -> (float) Math.rint(x[l]), a);
        };
    }

    private static Lanes integers(Operation op, Lanes a, Lanes b) {
        Element e = a.element();
        long[] x = a.ints, y = b.ints;
        Lanes.IntegerLane lane = switch (op) {
            case ADD -> l -> x[l] + y[l];
            case SUBTRACT -> l -> x[l] - y[l];
            case MULTIPLY -> l -> x[l] * y[l];
            case MULTIPLY_HIGH -> l -> Numbers.multiplyHigh(e, x[l], y[l]);
            case DIVIDE -> l -> e == Element.U64 ? Long.divideUnsigned(x[l], nonzero(y[l])) : x[l] / nonzero(y[l]);
            case REMAINDER -> l -> e == Element.U64 ? Long.remainderUnsigned(x[l], nonzero(y[l])) : x[l] % nonzero(y[l]);
            case AND -> l -> x[l] & y[l];
            case OR -> l -> x[l] | y[l];
            case XOR -> l -> x[l] ^ y[l];
            case MIN -> l -> Numbers.compare(e, x[l], y[l]) <= 0 ? x[l] : y[l];
            case MAX -> l -> Numbers.compare(e, x[l], y[l]) >= 0 ? x[l] : y[l];
            case SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> throw new IllegalArgumentException("a shift: " + op);
        };
        return Lanes.ofIntegers(a.type, lane, a, b);
    }

    private static long nonzero(long divisor) {
        if (divisor == 0) throw new Fault("divides by zero");
        return divisor;
    }

    private static Lanes floats(Operation op, Lanes a, Lanes b) {
        float[] x = a.floats, y = b.floats;
        Lanes.FloatLane lane = switch (op) {
            case ADD -> l -> x[l] + y[l];
            case SUBTRACT -> l -> x[l] - y[l];
            case MULTIPLY -> l -> x[l] * y[l];
            case DIVIDE -> l -> x[l] / y[l];
            case MIN -> l -> Math.min(x[l], y[l]);
            case MAX -> l -> Math.max(x[l], y[l]);
            case MULTIPLY_HIGH, REMAINDER, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                throw new IllegalArgumentException(op + " of floats");
        };
        return Lanes.ofFloats(a.type, lane, a, b);
    }

    private static Lanes shift(Operation op, Lanes a, Lanes count) {
        Element e = a.element();
        long[] x = a.ints, by = count.ints;
        Lanes.IntegerLane lane = op == Operation.SHIFT_LEFT ? l -> x[l] << by[0]
                : op == Operation.SHIFT_RIGHT ? l -> x[l] >> by[0]
                : l -> Numbers.bits(e, x[l]) >>> by[0];
        Lanes shifted = Lanes.ofIntegers(a.type, lane, a);
        return new Lanes(a.type) {
            @Override
            void run() {
                long n = count.scalar();
                if (n < 0 || n >= e.bits()) throw new Fault(String.format(ROOT, "shifts %s by %d", e, n));
                shifted.run();
                assign(shifted);
            }
        };
    }

    private static Lanes compare(Expr.Compare.Relation relation, Lanes a, Lanes b) {
        Type type = a.type.withElement(Element.BOOL);
        if (a.isFloat()) {
            float[] x = a.floats, y = b.floats;
            return switch (relation) {
                case EQ -> Lanes.ofIntegers(type, l -> x[l] == y[l] ? 1 : 0, a, b);
                case NE -> Lanes.ofIntegers(type, l -> x[l] != y[l] ? 1 : 0, a, b);
                case LT -> Lanes.ofIntegers(type, l -> x[l] < y[l] ? 1 : 0, a, b);
                case LE -> Lanes.ofIntegers(type, l -> x[l] <= y[l] ? 1 : 0, a, b);
                case GT -> Lanes.ofIntegers(type, l -> x[l] > y[l] ? 1 : 0, a, b);
                case GE -> Lanes.ofIntegers(type, l -> x[l] >= y[l] ? 1 : 0, a, b);
            };
        }
        Element e = a.element();
        long[] x = a.ints, y = b.ints;
        return switch (relation) {
            case EQ -> Lanes.ofIntegers(type, l -> x[l] == y[l] ? 1 : 0, a, b);
            case NE -> Lanes.ofIntegers(type, l -> x[l] != y[l] ? 1 : 0, a, b);
            case LT -> Lanes.ofIntegers(type, l -> Numbers.compare(e, x[l], y[l]) < 0 ? 1 : 0, a, b);
            case LE -> Lanes.ofIntegers(type, l -> Numbers.compare(e, x[l], y[l]) <= 0 ? 1 : 0, a, b);
            case GT -> Lanes.ofIntegers(type, l -> Numbers.compare(e, x[l], y[l]) > 0 ? 1 : 0, a, b);
            case GE -> Lanes.ofIntegers(type, l -> Numbers.compare(e, x[l], y[l]) >= 0 ? 1 : 0, a, b);
        };
    }

    private static Lanes convert(Type to, Lanes a) {
        Element from = a.element();
        if (to.element().isFloat())
            return a.isFloat()
                    ? Lanes.ofFloats(to, l -> Numbers.round(to.element(), a.floats[l]), a)
                    : Lanes.ofFloats(to, l -> Numbers.toFloat(from, a.ints[l]), a);
        return a.isFloat()
                ? Lanes.ofIntegers(to, l -> Numbers.toInteger(to.element(), a.floats[l]), a)
                : Lanes.ofIntegers(to, l -> a.ints[l], a);
    }

    private static Lanes bitcast(Type to, Lanes a) {
        int from = a.element().bits(), into = to.element().bits();
        Lanes.IntegerLane bits = l -> {
            long all = 0;
            for (int b = 0; b < into; b += Math.min(from, into)) {
                int at = l * into + b;
                long lane = a.isFloat()
                        ? Numbers.floatBits(a.element(), a.floats[at / from])
                        : Numbers.bits(a.element(), a.ints[at / from]);
                all |= lane >>> at % from << b;
            }
            return all & -1L >>> 64 - into;
        };
        return to.element().isFloat()
                ? Lanes.ofFloats(to, l -> Numbers.ofFloatBits(to.element(), bits.at(l)), a)
                : Lanes.ofIntegers(to, bits, a);
    }

    private interface Pattern {
        int at(int lane);
    }

    /// Lane l is lane `pattern(l)` of `a`.
    private static Lanes pick(Type type, Lanes a, Pattern pattern, Lanes... others) {
        Lanes[] operands = Arrays.copyOf(others, others.length + 1);
        operands[others.length] = a;
        return a.isFloat()
                ? Lanes.ofFloats(type, l -> a.floats[pattern.at(l)], operands)
                : Lanes.ofIntegers(type, l -> a.ints[pattern.at(l)], operands);
    }

    /// A lane at a time would be wrong: the fold of the upper half onto the lower one fixes the bits of float sums.
    private static Lanes reduce(Operation op, Lanes a) {
        Lanes folded = a;
        while (folded.lanes() > 1) {
            int half = folded.lanes() / 2;
            Type type = a.type.withLanes(half);
            Lanes whole = folded;
            var lower = new Lanes.Cell(type);
            var upper = new Lanes.Cell(type);
            Lanes sum = a.isFloat() ? floats(op, lower, upper) : integers(op, lower, upper);
            folded = new Lanes(type) {
                @Override
                void run() {
                    whole.run();
                    for (var part : List.of(lower, upper)) {
                        int from = part == lower ? 0 : half;
                        System.arraycopy(whole.ints, Math.min(from, whole.ints.length), part.ints, 0, part.ints.length);
                        System.arraycopy(whole.floats, Math.min(from, whole.floats.length), part.floats, 0, part.floats.length);
                    }
                    sum.run();
                    assign(sum);
                }
            };
        }
        return folded;
    }
}
