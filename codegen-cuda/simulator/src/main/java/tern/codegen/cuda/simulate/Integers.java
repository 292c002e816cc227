package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// Integer arithmetic (PTX ISA, "Integer Arithmetic Instructions").
final class Integers {

    private static final Type[] WORDS = {Type.U16, Type.U32, Type.U64, Type.S16, Type.S32, Type.S64};
    private static final Type[] PAIRS = {Type.U16X2, Type.S16X2};

    private Integers() {}

    static Action decode(Site site) {
        return switch (site.statement.opcode()) {
            case "add", "sub" -> sum(site);
            case "mul" -> product(site);
            case "mad" -> productSum(site);
            case "sad" -> {
                Type type = site.type(WORDS);
                yield three(site, type, (a, b, c) -> type.extend(a) < type.extend(b) ? c + b - a : c + a - b);
            }
            case "div", "rem" -> quotient(site);
            case "abs", "neg" -> {
                Type type = site.type(Type.S16, Type.S32, Type.S64);
                boolean always = site.statement.opcode().equals("neg");
                yield one(site, type, a -> always || type.extend(a) < 0 ? -a : a);
            }
            case "min", "max" -> extreme(site);
            case "dp4a" -> dp4a(site);
            case "dp2a" -> dp2a(site);
            default -> throw site.statement.unsupported();
        };
    }

    private static Action one(Site site, Type type, Lanes.One f) {
        site.done();
        site.count(2);
        long mask = type.mask();
        return Lanes.one(site.statement, site.target(0, type), site.source(1, type), a -> f.of(a) & mask);
    }

    private static Action two(Site site, Type type, Lanes.Two f) {
        site.done();
        site.count(3);
        long mask = type.mask();
        return Lanes.two(site.statement, site.target(0, type), site.source(1, type), site.source(2, type),
                (a, b) -> f.of(a, b) & mask);
    }

    private static Action three(Site site, Type type, Lanes.Three f) {
        site.done();
        site.count(4);
        long mask = type.mask();
        return Lanes.three(site.statement, site.target(0, type), site.source(1, type), site.source(2, type),
                site.source(3, type), (a, b, c) -> f.of(a, b, c) & mask);
    }

    /// The two halves each on their own.
    static Lanes.Two halves(Lanes.Two f) {
        return (a, b) -> f.of(a & 0xffff, b & 0xffff) & 0xffff | (f.of(a >>> 16, b >>> 16) & 0xffff) << 16;
    }

    private static Action sum(Site site) {
        boolean minus = site.statement.opcode().equals("sub");
        boolean clamped = site.take("sat");
        Type type = site.type(minus ? WORDS : Site.all(WORDS, PAIRS));
        Lanes.Two plain = minus ? (a, b) -> a - b : Long::sum;
        if (type.kind == Type.Kind.PAIR) {
            site.needs(90);
            return two(site, type, halves(plain));
        }
        if (!clamped) {
            site.done();
            site.count(3);
            int to = site.target(0, type), a = site.source(1, type), b = site.source(2, type);
            return minus ? Elementwise.subtract(site.statement, type, to, a, b) : Elementwise.add(site.statement, type, to, a, b);
        }
        if (type != Type.S32) throw site.error("only .s32 saturates");
        return two(site, type, (a, b) -> clamp(plain.of(type.extend(a), type.extend(b))));
    }

    static long clamp(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /// The upper half of a product.
    static long high(Type type, long a, long b) {
        if (type == Type.S64) return Math.multiplyHigh(a, b);
        if (type == Type.U64) return Math.unsignedMultiplyHigh(a, b);
        long product = type.extend(a) * type.extend(b);
        return type.isSigned() ? product >> type.bits : product >>> type.bits;
    }

    private static Action product(Site site) {
        String part = site.mustTakeOneOf("lo", "hi", "wide");
        Type type = site.type(WORDS);
        return switch (part) {
            case "lo" -> {
                site.done();
                site.count(3);
                yield Elementwise.multiply(site.statement, type, site.target(0, type), site.source(1, type), site.source(2, type));
            }
            case "hi" -> two(site, type, (a, b) -> high(type, a, b));
            default -> {
                Type twice = twice(site, type);
                site.done();
                site.count(3);
                yield Lanes.two(site.statement, site.target(0, twice), site.source(1, type), site.source(2, type),
                        (a, b) -> type.extend(a) * type.extend(b) & twice.mask());
            }
        };
    }

    private static Type twice(Site site, Type type) {
        return switch (type.bits) {
            case 16 -> type.isSigned() ? Type.S32 : Type.U32;
            case 32 -> type.isSigned() ? Type.S64 : Type.U64;
            default -> throw site.error("a product of 128 bits");
        };
    }

    private static Action productSum(Site site) {
        String part = site.mustTakeOneOf("lo", "hi", "wide");
        boolean clamped = site.take("sat");
        Type type = site.type(WORDS);
        if (clamped) {
            if (!part.equals("hi") || type != Type.S32) throw site.error("only mad.hi.sat.s32 saturates");
            return three(site, type, (a, b, c) -> clamp(high(Type.S32, a, b) + (int) c));
        }
        return switch (part) {
            case "lo" -> {
                site.done();
                site.count(4);
                yield Elementwise.multiplyAdd(site.statement, type, site.target(0, type), site.source(1, type), site.source(2, type),
                        site.source(3, type));
            }
            case "hi" -> three(site, type, (a, b, c) -> high(type, a, b) + c);
            default -> {
                Type twice = twice(site, type);
                site.done();
                site.count(4);
                yield Lanes.three(site.statement, site.target(0, twice), site.source(1, type), site.source(2, type),
                        site.source(3, twice), (a, b, c) -> type.extend(a) * type.extend(b) + c & twice.mask());
            }
        };
    }

    private static Action quotient(Site site) {
        boolean rest = site.statement.opcode().equals("rem");
        Type type = site.type(WORDS);
        return two(site, type, (a, b) -> {
            if (b == 0) throw new Trouble(Kind.UNDEFINED, -1, "divides by zero");
            if (!type.isSigned()) return rest ? Long.remainderUnsigned(a, b) : Long.divideUnsigned(a, b);
            return rest ? type.extend(a) % type.extend(b) : type.extend(a) / type.extend(b);
        });
    }

    private static Action extreme(Site site) {
        boolean max = site.statement.opcode().equals("max");
        boolean positive = site.take("relu");
        Type type = site.type(Site.all(WORDS, PAIRS));
        if (type.kind == Type.Kind.PAIR || positive) site.needs(90);
        if (positive && type != Type.S32 && type != Type.S16X2) throw site.error(".relu is for .s32 and .s16x2");
        Type element = type == Type.S16X2 ? Type.S16 : type == Type.U16X2 ? Type.U16 : type;
        Lanes.Two f = (a, b) -> {
            boolean less = element.isSigned() ? element.extend(a) < element.extend(b) : Long.compareUnsigned(a, b) < 0;
            long chosen = less == max ? b : a;
            return positive && element.extend(chosen) < 0 ? 0 : chosen;
        };
        return two(site, type, type.kind == Type.Kind.PAIR ? halves(f) : f);
    }

    /// Four products of bytes and a sum (PTX ISA, "Integer Arithmetic Instructions: dp4a").
    private static Action dp4a(Site site) {
        Type a = site.type(Type.U32, Type.S32);
        Type b = site.hasType() ? site.type(Type.U32, Type.S32) : a;
        site.needs(61);
        site.done();
        site.count(4);
        return Elementwise.dot(site.statement, a.isSigned(), b.isSigned(), site.target(0, Type.B32), site.source(1, a),
                site.source(2, b), site.source(3, Type.B32));
    }

    /// Two products of halves of `a` with bytes of `b`, the lower or the upper two (PTX ISA, "dp2a").
    private static Action dp2a(Site site) {
        int from = site.mustTakeOneOf("lo", "hi").equals("lo") ? 0 : 16;
        Type a = site.type(Type.U32, Type.S32);
        Type b = site.type(Type.U32, Type.S32);
        site.needs(61);
        site.done();
        site.count(4);
        return Lanes.three(site.statement, site.target(0, Type.B32), site.source(1, a), site.source(2, b), site.source(3, Type.B32),
                (x, y, c) -> c + part(x, 0, 16, a) * part(y, from, 8, b) + part(x, 16, 16, a) * part(y, from + 8, 8, b) & 0xffff_ffffL);
    }

    private static long part(long word, int from, int bits, Type type) {
        long value = word >>> from & Type.mask(bits);
        return type.isSigned() ? Type.signed(value, bits) : value;
    }
}
