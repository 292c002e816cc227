package tern.codegen.cuda.simulate;

import org.jspecify.annotations.Nullable;

/// Logic and bits (PTX ISA, "Logic and Shift Instructions", and bfe, bfi, prmt and their like from the integer chapter).
final class Bits {

    private static final Type[] LOGIC = {Type.PRED, Type.B16, Type.B32, Type.B64};
    private static final Type[] SHIFTED = {Type.B16, Type.B32, Type.B64, Type.U16, Type.U32, Type.U64, Type.S16, Type.S32, Type.S64};
    private static final Type[] FIELDS = {Type.U32, Type.U64, Type.S32, Type.S64};

    private Bits() {}

    static Action decode(Site site) {
        return switch (site.statement.opcode()) {
            case "and" -> logic(site, Elementwise::and);
            case "or" -> logic(site, Elementwise::or);
            case "xor" -> logic(site, Elementwise::xor);
            case "not" -> unary(site, site.type(LOGIC), null, a -> ~a);
            case "cnot" -> unary(site, site.type(LOGIC), null, a -> a == 0 ? 1 : 0);
            case "shl", "shr" -> shift(site);
            case "shf" -> funnel(site);
            case "lop3" -> lop3(site);
            case "prmt" -> prmt(site);
            case "bfe" -> extract(site);
            case "bfi" -> insert(site);
            case "popc" -> unary(site, site.type(Type.B32, Type.B64), Type.U32, Long::bitCount);
            case "clz" -> {
                Type type = site.type(Type.B32, Type.B64);
                yield unary(site, type, Type.U32, a -> Long.numberOfLeadingZeros(a) - (64 - type.bits));
            }
            case "brev" -> {
                Type type = site.type(Type.B32, Type.B64);
                yield unary(site, type, null, a -> Long.reverse(a) >>> 64 - type.bits);
            }
            case "bfind" -> find(site);
            default -> throw site.statement.unsupported();
        };
    }

    /// @param result type of the destination if it is another
    private static Action unary(Site site, Type type, @Nullable Type result, Lanes.One f) {
        site.done();
        site.count(2);
        long mask = type.mask();
        return Lanes.one(site.statement, site.target(0, result == null ? type : result), site.source(1, type),
                a -> f.of(a) & mask);
    }

    private interface Operation {
        Action of(Statement s, Type type, int to, int a, int b);
    }

    private static Action logic(Site site, Operation operation) {
        Type type = site.type(LOGIC);
        site.done();
        site.count(3);
        return operation.of(site.statement, type, site.target(0, type), site.source(1, type), site.source(2, type));
    }

    /// Amounts beyond the width are taken as the width.
    private static Action shift(Site site) {
        boolean left = site.statement.opcode().equals("shl");
        Type type = site.type(SHIFTED);
        site.done();
        site.count(3);
        int to = site.target(0, type);
        int a = site.source(1, type);
        int amount = site.source(2, Type.U32);
        if (left) return Elementwise.shiftLeft(site.statement, type, to, a, amount);
        return type.isSigned()
                ? Elementwise.shiftSigned(site.statement, type, to, a, amount)
                : Elementwise.shiftRight(site.statement, type, to, a, amount);
    }

    private static Action funnel(Site site) {
        boolean left = site.mustTakeOneOf("l", "r").equals("l");
        boolean wrap = site.mustTakeOneOf("wrap", "clamp").equals("wrap");
        site.type(Type.B32);
        site.done();
        site.count(4);
        return Lanes.three(site.statement, site.target(0, Type.B32), site.source(1, Type.B32), site.source(2, Type.B32),
                site.source(3, Type.U32), (a, b, c) -> {
                    long n = wrap ? c & 31 : Math.min(c, 32);
                    long both = b << 32 | a;
                    return (left ? n == 32 ? a : both << n >>> 32 : n == 32 ? b : both >>> n) & 0xffff_ffffL;
                });
    }

    /// Bit by bit, what the table says for the three bits (PTX ISA, "lop3").
    private static Action lop3(Site site) {
        site.type(Type.B32);
        site.done();
        site.count(5);
        if (!(site.operand(4) instanceof Operand.Whole(long table)) || table < 0 || table > 255)
            throw site.error("the table is a constant from 0 to 255");
        return Elementwise.logic(site.statement, (int) table, site.target(0, Type.B32), site.source(1, Type.B32),
                site.source(2, Type.B32), site.source(3, Type.B32));
    }

    /// Bytes of `b:a` chosen by four nibbles (PTX ISA, "prmt").
    private static Action prmt(Site site) {
        site.type(Type.B32);
        String mode = site.takeOneOf("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
        site.done();
        site.count(4);
        int to = site.target(0, Type.B32);
        int first = site.source(1, Type.B32), second = site.source(2, Type.B32), third = site.source(3, Type.B32);
        if (mode == null) return Elementwise.permute(site.statement, to, first, second, third);
        return Lanes.three(site.statement, to, first, second, third, (a, b, c) -> {
            long both = b << 32 | a;
            long result = 0;
            for (int i = 0; i < 4; i++) result |= (both >>> 8 * (chosen(mode, (int) c & 3, i) & 7) & 0xff) << 8 * i;
            return result;
        });
    }

    /// Byte that byte `i` of the result is, in the modes that are given a number from 0 to 3.
    private static int chosen(String mode, int number, int i) {
        return switch (mode) {
            case "f4e" -> number + i;
            case "b4e" -> number - i & 7;
            case "rc8" -> number;
            case "ecl" -> Math.max(i, number);
            case "ecr" -> Math.min(i, number);
            default -> (number & 1) * 2 + (i & 1);
        };
    }

    /// As the ISA's description of bfe has it: past the word's end stands its sign, or zero.
    private static Action extract(Site site) {
        Type type = site.type(FIELDS);
        site.done();
        site.count(4);
        int msb = type.bits - 1;
        return Lanes.three(site.statement, site.target(0, type), site.source(1, type), site.source(2, Type.U32),
                site.source(3, Type.U32), (a, from, count) -> {
                    int pos = (int) from & 0xff;
                    int length = (int) count & 0xff;
                    boolean sign = type.isSigned() && length > 0 && (a >>> Math.min(pos + length - 1, msb) & 1) != 0;
                    long taken = pos > msb ? 0 : a >>> pos;
                    int valid = Math.min(length, Math.max(0, msb + 1 - pos));
                    taken &= Type.mask(valid);
                    if (valid == 0) taken = 0;
                    return (sign && valid < 64 ? taken | -1L << valid : taken) & type.mask();
                });
    }

    private static Action insert(Site site) {
        Type type = site.type(Type.B32, Type.B64);
        site.done();
        site.count(5);
        return Lanes.four(site.statement, site.target(0, type), site.source(1, type), site.source(2, type),
                site.source(3, Type.U32), site.source(4, Type.U32), (a, b, from, count) -> {
                    int pos = (int) from & 0xff;
                    int length = (int) count & 0xff;
                    if (pos >= type.bits || length == 0) return b;
                    long field = Type.mask(Math.min(length, type.bits - pos)) << pos;
                    return b & ~field | a << pos & field;
                });
    }

    private static Action find(Site site) {
        boolean amount = site.take("shiftamt");
        Type type = site.type(FIELDS);
        site.done();
        site.count(2);
        return Lanes.one(site.statement, site.target(0, Type.U32), site.source(1, type), a -> {
            long value = type.isSigned() && type.extend(a) < 0 ? ~a & type.mask() : a;
            if (value == 0) return 0xffff_ffffL;
            int at = 63 - Long.numberOfLeadingZeros(value);
            return amount ? type.bits - 1 - at : at;
        });
    }
}
