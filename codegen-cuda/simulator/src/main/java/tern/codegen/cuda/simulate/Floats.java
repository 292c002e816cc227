package tern.codegen.cuda.simulate;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Floating point (PTX ISA, "Floating Point Instructions", "Half Precision Floating Point Instructions").
///
/// Approximations are computed in double precision and rounded once. A card may be off by: `ex2.approx.f32` 2 ulp, `rcp.approx` 1 ulp, `rsqrt.approx`
/// 2^-22.9, `sqrt.approx` 2^-23, `div.full` and `div.approx` 2 ulp, `lg2.approx` 2^-22, `sin`/`cos.approx` 2^-20.5 absolute,
/// `tanh.approx` 2^-11, all relative where nothing else is said (their sections in the ISA).
final class Floats {

    private static final Type[] ALL = {Type.F32, Type.F16, Type.BF16, Type.F16X2, Type.BF16X2, Type.F64};

    /// What bf16 has had since sm_80.
    private static final Set<String> SINCE_80 = Set.of("fma", "min", "max", "abs", "neg");

    private Floats() {}

    static boolean knows(Statement s) {
        return s.modifiers().stream().anyMatch(w -> w.equals("f32") || w.equals("f64") || w.startsWith("f16")
                || w.startsWith("bf16"));
    }

    /// What stands between the type and the rounding.
    private record Form(Type type, @Nullable Rounding rounding, boolean flush, boolean clamp, boolean positive) {

        Type element() {
            return type.half();
        }

        double in(long bits) {
            double value = Rounding.value(element(), bits);
            return flush && Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0, value) : value;
        }

        long out(double value) {
            double result = value;
            if (clamp) result = Double.isNaN(value) ? 0 : Math.clamp(value, 0.0, 1.0);
            if (positive && !(result > 0) && !Double.isNaN(result)) result = 0;
            long bits = (rounding == null ? Rounding.NEAREST : rounding).bits(element(), result);
            boolean tiny = flush && (bits & 0x7f80_0000) == 0;
            return tiny ? bits & 0x8000_0000L : bits;
        }
    }

    private static Form form(Site site) {
        Rounding rounding = Rounding.named(site.takeOneOf("rn", "rz", "rm", "rp"));
        boolean approximate = site.takeOneOf("approx", "full") != null;
        boolean flush = site.take("ftz");
        boolean clamp = site.take("sat");
        boolean positive = site.take("relu");
        Type type = site.type(ALL);
        if (approximate && type == Type.F64) throw site.statement.unsupported();
        if (rounding != null && rounding != Rounding.NEAREST && type != Type.F32) throw site.statement.unsupported();
        // fma came with 8.0, the others with 9.0 (their "Target ISA Notes").
        if (type.half() == Type.BF16) site.needs(SINCE_80.contains(site.statement.opcode()) ? 80 : 90);
        // Only f32 has subnormals flushed at this size; f16 of either kind is left alone by the instructions here.
        return new Form(type, rounding, flush && type == Type.F32, clamp, positive);
    }

    static Action decode(Site site) {
        String opcode = site.statement.opcode();
        return switch (opcode) {
            case "add", "sub" -> sum(site, opcode.equals("sub"));
            case "mul" -> product(site);
            case "fma", "mad" -> fma(site);
            case "div" -> quotient(site);
            case "min", "max" -> extreme(site, opcode.equals("max"));
            case "abs" -> sign(site, bits -> bits & 0x7fff_ffff_ffff_ffffL, bits -> bits & 0x7fff_7fffL, bits -> bits & 0x7fff_ffffL);
            case "neg" -> sign(site, bits -> bits ^ Long.MIN_VALUE, bits -> bits ^ 0x8000_8000L, bits -> bits ^ 0x8000_0000L);
            case "sqrt" -> root(site);
            case "rcp" -> reciprocal(site);
            case "rsqrt" -> one(site, form(site), x -> 1 / Math.sqrt(x));
            case "ex2" -> one(site, form(site), x -> Math.pow(2, x));
            case "lg2" -> one(site, form(site), x -> Math.log(x) / Math.log(2));
            case "sin" -> one(site, form(site), Math::sin);
            case "cos" -> one(site, form(site), Math::cos);
            case "tanh" -> one(site, form(site), Math::tanh);
            default -> throw site.statement.unsupported();
        };
    }

    private interface Function1 {
        double of(double x);
    }

    private interface Function2 {
        double of(double x, double y);
    }

    private static Action one(Site site, Form form, Function1 f) {
        site.done();
        site.count(2);
        Lanes.One element = a -> form.out(f.of(form.in(a)));
        boolean pair = form.type().kind == Type.Kind.PAIR;
        return Lanes.one(site.statement, site.target(0, form.type()), site.source(1, form.type()),
                pair ? a -> element.of(a & 0xffff) | element.of(a >>> 16) << 16 : element);
    }

    private static Action two(Site site, Form form, Function2 f) {
        Lanes.Two element = (a, b) -> form.out(f.of(form.in(a), form.in(b)));
        return twoBits(site, form.type(), element);
    }

    private static Action twoBits(Site site, Type type, Lanes.Two element) {
        site.done();
        site.count(3);
        return Lanes.two(site.statement, site.target(0, type), site.source(1, type), site.source(2, type),
                type.kind == Type.Kind.PAIR ? Integers.halves(element) : element);
    }

    private static boolean plain(Form form) {
        return form.type() == Type.F32 && !form.flush() && !form.clamp() && !form.positive()
                && (form.rounding() == null || form.rounding() == Rounding.NEAREST);
    }

    /// Slots of the target and the sources of an instruction whose words have been taken.
    private static int[] plainOperands(Site site, int count) {
        site.done();
        site.count(count);
        int[] slots = new int[count];
        slots[0] = site.target(0, Type.F32);
        for (int i = 1; i < count; i++) slots[i] = site.source(i, Type.F32);
        return slots;
    }

    private static Action product(Site site) {
        Form form = form(site);
        // The product of two floats is exact in a double, and that of doubles is a double's.
        if (!plain(form)) return two(site, form, (x, y) -> x * y);
        int[] of = plainOperands(site, 3);
        return Elementwise.multiplyFloats(site.statement, of[0], of[1], of[2]);
    }

    private static Action sum(Site site, boolean minus) {
        Form form = form(site);
        if (plain(form)) {
            int[] of = plainOperands(site, 3);
            return minus
                    ? Elementwise.subtractFloats(site.statement, of[0], of[1], of[2])
                    : Elementwise.addFloats(site.statement, of[0], of[1], of[2]);
        }
        if (form.type() == Type.F64) return two(site, form, minus ? (x, y) -> x - y : Double::sum);
        return two(site, form, minus ? (x, y) -> Rounding.oddSum(x, -y) : Rounding::oddSum);
    }

    private static Action fma(Site site) {
        if (site.statement.opcode().equals("mad") && !site.statement.has("rn")) throw site.statement.unsupported();
        Form form = form(site);
        if (form.rounding() == null) throw site.error("a rounding is missing");
        if (plain(form)) {
            int[] of = plainOperands(site, 4);
            return Elementwise.fma(site.statement, of[0], of[1], of[2], of[3]);
        }
        site.done();
        site.count(4);
        Type type = form.type();
        Lanes.Three element;
        if (type == Type.F64) element = (a, b, c) -> form.out(Math.fma(form.in(a), form.in(b), form.in(c)));
        // The product of two floats is exact in a double.
        else element = (a, b, c) -> form.out(Rounding.oddSum(form.in(a) * form.in(b), form.in(c)));
        Lanes.Three both = (a, b, c) -> element.of(a & 0xffff, b & 0xffff, c & 0xffff)
                | element.of(a >>> 16, b >>> 16, c >>> 16) << 16;
        return Lanes.three(site.statement, site.target(0, type), site.source(1, type), site.source(2, type),
                site.source(3, type), type.kind == Type.Kind.PAIR ? both : element);
    }

    /// A double holds the quotient of two floats well enough to round it once more (2 * 24 + 2 bits are enough), to nearest; not in
    /// other directions where it is exact but for a little.
    private static Action quotient(Site site) {
        Form form = form(site);
        nearestOnly(site, form);
        return two(site, form, (x, y) -> x / y);
    }

    private static Action root(Site site) {
        Form form = form(site);
        nearestOnly(site, form);
        return one(site, form, Math::sqrt);
    }

    private static Action reciprocal(Site site) {
        Form form = form(site);
        nearestOnly(site, form);
        return one(site, form, x -> 1 / x);
    }

    private static void nearestOnly(Site site, Form form) {
        if (form.rounding() != null && form.rounding() != Rounding.NEAREST) throw site.statement.unsupported();
        if (form.type() != Type.F32 && form.type() != Type.F64) throw site.statement.unsupported();
    }

    /// The one that is a number if the other is not; with `.NaN`, NaN. -0 is below +0.
    private static Action extreme(Site site, boolean max) {
        boolean strict = site.take("NaN");
        Form form = form(site);
        return two(site, form, (x, y) -> {
            if (!strict && Double.isNaN(x)) return y;
            if (!strict && Double.isNaN(y)) return x;
            return max ? Math.max(x, y) : Math.min(x, y);
        });
    }

    private static Action sign(Site site, Lanes.One ofLong, Lanes.One ofHalves, Lanes.One ofWord) {
        boolean flush = site.take("ftz");
        Type type = site.type(ALL);
        if (flush) throw site.statement.unsupported();
        site.done();
        site.count(2);
        Lanes.One f = type == Type.F64 ? ofLong : type == Type.F32 ? ofWord : bits -> ofHalves.of(bits) & type.mask();
        return Lanes.one(site.statement, site.target(0, type), site.source(1, type), f);
    }
}
