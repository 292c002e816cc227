package tern.codegen.cuda.simulate;

import org.jspecify.annotations.Nullable;

/// `setp`, `set`, `selp` (PTX ISA, "Comparison and Selection Instructions").
final class Comparisons {

    private interface Test {
        boolean of(long a, long b);
    }

    private Comparisons() {}

    static Action decode(Site site) {
        return switch (site.statement.opcode()) {
            case "setp" -> setp(site);
            case "set" -> set(site);
            default -> {
                Type type = site.type();
                site.done();
                site.count(4);
                yield Elementwise.select(site.statement, type, site.target(0, type), site.source(1, type), site.source(2, type),
                        site.predicate(3));
            }
        };
    }

    private static final String[] ORDER = {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs",
        "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};

    private static Action setp(Site site) {
        String order = site.mustTakeOneOf(ORDER);
        String with = site.takeOneOf("and", "or", "xor");
        boolean flush = site.take("ftz");
        Type type = site.type();
        site.done();
        site.count(with == null ? 3 : 4);
        Operand target = site.operand(0);
        int p = predicate(site, target instanceof Operand.Pair pair ? pair.first() : target);
        int q = target instanceof Operand.Pair pair ? predicate(site, pair.second()) : -1;
        int a = site.source(1, type);
        int b = site.source(2, type);
        if (with == null && q < 0 && p >= 0 && type.isInteger() && type != Type.PRED && !flush)
            return Elementwise.compare(site.statement, type, allowed(site, order, type), p, a, b);
        Test test = test(site, order, type, flush);
        Operand third = with == null ? new Operand.Whole(1) : site.operand(3);
        boolean inverted = third instanceof Operand.Not;
        int c = site.source(third instanceof Operand.Not(Operand.Register r) ? r : third, Type.PRED, false);
        Action action = new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    boolean holds = test.of(r[a * 32 + i], r[b * 32 + i]);
                    boolean other = r[c * 32 + i] != 0 ^ inverted;
                    if (p >= 0) r[p * 32 + i] = combined(with, holds, other) ? 1 : 0;
                    if (q >= 0) r[q * 32 + i] = combined(with, !holds, other) ? 1 : 0;
                }
            }
        };
        return action.reading(a, b, c).writing(Site.join(new int[] {p, q}));
    }

    private static int predicate(Site site, Operand operand) {
        return operand instanceof Operand.Sink ? -1 : site.target(operand, Type.PRED, false).slot();
    }

    private static boolean combined(@Nullable String with, boolean a, boolean b) {
        if (with == null) return a;
        return switch (with) {
            case "and" -> a && b;
            case "or" -> a || b;
            default -> a ^ b;
        };
    }

    private static Action set(Site site) {
        String order = site.mustTakeOneOf(ORDER);
        boolean flush = site.take("ftz");
        Type to = site.type(Type.U32, Type.S32, Type.F32);
        Type type = site.type();
        site.done();
        site.count(3);
        Test test = test(site, order, type, flush);
        long yes = to == Type.F32 ? Float.floatToIntBits(1) : 0xffff_ffffL;
        return Lanes.two(site.statement, site.target(0, to), site.source(1, type), site.source(2, type),
                (a, b) -> test.of(a, b) ? yes : 0);
    }

    private static Test test(Site site, String order, Type type, boolean flush) {
        if (type.isFloat()) return floatTest(site, order, type, flush);
        if (type.kind == Type.Kind.PAIR || type == Type.PRED) throw site.statement.unsupported();
        int allowed = allowed(site, order, type);
        return (a, b) -> (allowed >> Integer.signum(compare(type, a, b)) + 1 & 1) != 0;
    }

    /// Bit 0: below, bit 1: equal, bit 2: above.
    private static int allowed(Site site, String order, Type type) {
        boolean equality = order.equals("eq") || order.equals("ne");
        if (type.kind == Type.Kind.BITS && !equality) throw site.error("bits are equal or not, and in no order");
        return switch (order) {
            case "eq" -> 0b010;
            case "ne" -> 0b101;
            case "lt", "lo" -> 0b001;
            case "le", "ls" -> 0b011;
            case "gt", "hi" -> 0b100;
            case "ge", "hs" -> 0b110;
            default -> throw site.statement.unsupported();
        };
    }

    private static int compare(Type type, long a, long b) {
        return type.isSigned() ? Long.compare(type.extend(a), type.extend(b)) : Long.compareUnsigned(a, b);
    }

    private static Test floatTest(Site site, String order, Type type, boolean flush) {
        if (flush) throw site.statement.unsupported();
        boolean unordered = order.length() == 3 && order.endsWith("u");
        String base = unordered ? order.substring(0, 2) : order;
        return switch (base) {
            case "num" -> (a, b) -> !isNaN(type, a) && !isNaN(type, b);
            case "nan" -> (a, b) -> isNaN(type, a) || isNaN(type, b);
            case "lo", "ls", "hi", "hs" -> throw site.statement.unsupported();
            default -> (a, b) -> {
                if (isNaN(type, a) || isNaN(type, b)) return unordered;
                double x = Rounding.value(type, a);
                double y = Rounding.value(type, b);
                return switch (base) {
                    case "eq" -> x == y;
                    case "ne" -> x != y;
                    case "lt" -> x < y;
                    case "le" -> x <= y;
                    case "gt" -> x > y;
                    default -> x >= y;
                };
            };
        };
    }

    private static boolean isNaN(Type type, long bits) {
        return Double.isNaN(Rounding.value(type, bits));
    }
}
