package tern.codegen.cuda.ptx;

import tern.codegen.cuda.ptx.PtxText.Kind;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Expr.Unary;

/// What happens within one lane: an operation of Loop IR as instructions on registers. Integers below 32 bits fill a register, extended
/// by their sign or by zeros, before and after.
final class Scalar {

    private final PtxText text;

    Scalar(PtxText text) {
        this.text = text;
    }

    // Names

    private static String bits(Element element) {
        return element.bits() == 64 ? ".b64" : ".b32";
    }

    /// The type of an instruction that minds signs.
    private static String number(Element element) {
        if (element == Element.F32) return ".f32";
        return (element.isSigned() ? ".s" : ".u") + Math.max(32, element.bits());
    }

    static String move(Element element) {
        return switch (PtxMemory.kind(element)) {
            case HALF -> "mov.b16";
            case WORD, PREDICATE -> "mov.b32";
            case FLOAT -> "mov.f32";
            case LONG -> "mov.b64";
        };
    }

    static String constant(float value) {
        return "0f%08X".formatted(Float.floatToRawIntBits(value));
    }

    String constant(Element element, long value) {
        if (element == Element.BOOL)
            return text.make(Kind.PREDICATE, "setp.ne.s32", text.make(Kind.WORD, "mov.b32", (value & 1) == 0 ? "0" : "1"), "0");
        int above = 64 - element.bits();
        long wrapped = element.isSigned() ? value << above >> above : value << above >>> above;
        return element.bits() == 32 && !element.isSigned() && wrapped > 9
                ? "0x%x".formatted(wrapped)
                : Long.toString(wrapped);
    }

    private String make(Element element, String opcode, String... operands) {
        return text.make(PtxMemory.kind(element), opcode, operands);
    }

    /// After an operation that may have changed bits above a short element.
    private String narrow(Element element, String register) {
        return switch (element) {
            case I8 -> text.make(Kind.WORD, "bfe.s32", register, "0", "8");
            case I16 -> text.make(Kind.WORD, "bfe.s32", register, "0", "16");
            case U8 -> text.make(Kind.WORD, "and.b32", register, "0xff");
            case U16 -> text.make(Kind.WORD, "and.b32", register, "0xffff");
            case BOOL, I32, U32, I64, U64, F16, BF16, F32 -> register;
        };
    }

    // Operations

    String unary(Unary.Operation op, Element element, String a) {
        if (element == Element.BOOL) return text.make(Kind.PREDICATE, "not.pred", a);
        return switch (op) {
            case NEGATE -> narrow(element, make(element, "neg" + (element == Element.F32 ? ".f32" : ".s" + Math.max(32, element.bits())), a));
            case ABS -> element == Element.F32 || element.isSigned()
                    ? narrow(element, make(element, "abs" + number(element), a))
                    : a;
            case NOT -> narrow(element, make(element, "not" + bits(element), a));
            case SQRT -> make(element, "sqrt.rn.f32", a);
            case ROUND -> make(element, "cvt.rni.f32.f32", a);
        };
    }

    /// Whether an operation is one instruction that may write what it reads.
    static boolean isPlain(Operation op, Element element) {
        return (op == Operation.ADD || op == Operation.SUBTRACT || op == Operation.MULTIPLY)
                && (element == Element.F32 || element.bits() >= 32);
    }

    void binaryInto(String to, Operation op, Element element, String a, String b) {
        text.emit(opcode(op, element), to, a, b);
    }

    String binary(Operation op, Element element, String a, String b) {
        if (element == Element.BOOL) return text.make(Kind.PREDICATE, opcode(op, element), a, b);
        if (op == Operation.MULTIPLY_HIGH && element.bits() < 32) {
            String product = text.make(Kind.WORD, "mul.lo.s32", a, b);
            return text.make(Kind.WORD, element.isSigned() ? "shr.s32" : "shr.u32", product, Integer.toString(element.bits()));
        }
        if (op == Operation.SHIFT_RIGHT_LOGICAL && element.isSigned() && element.bits() < 32)
            return narrow(element, text.make(Kind.WORD, "shr.u32",
                    text.make(Kind.WORD, "and.b32", a, "0x%x".formatted((1 << element.bits()) - 1)), b));
        String result = make(element, opcode(op, element), a, b);
        return switch (op) {
            case ADD, SUBTRACT, MULTIPLY, SHIFT_LEFT, DIVIDE -> narrow(element, result);
            case MULTIPLY_HIGH, REMAINDER, AND, OR, XOR, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL, MIN, MAX -> result;
        };
    }

    private static String opcode(Operation op, Element element) {
        boolean real = element == Element.F32;
        String width = "s" + Math.max(32, element.bits());
        return switch (op) {
            case ADD -> real ? "add.rn.f32" : "add." + width;
            case SUBTRACT -> real ? "sub.rn.f32" : "sub." + width;
            case MULTIPLY -> real ? "mul.rn.f32" : "mul.lo." + width;
            case MULTIPLY_HIGH -> "mul.hi" + number(element);
            case DIVIDE -> real ? "div.rn.f32" : "div" + number(element);
            case REMAINDER -> "rem" + number(element);
            case AND -> "and" + (element == Element.BOOL ? ".pred" : bits(element));
            case OR -> "or" + (element == Element.BOOL ? ".pred" : bits(element));
            case XOR -> "xor" + (element == Element.BOOL ? ".pred" : bits(element));
            case SHIFT_LEFT -> "shl" + bits(element);
            case SHIFT_RIGHT -> "shr.s" + Math.max(32, element.bits());
            case SHIFT_RIGHT_LOGICAL -> "shr.u" + Math.max(32, element.bits());
            case MIN -> real ? "min.NaN.f32" : "min" + number(element);
            case MAX -> real ? "max.NaN.f32" : "max" + number(element);
        };
    }

    String compare(Relation relation, Element element, String a, String b) {
        String name = switch (relation) {
            case EQ -> "eq";
            case NE -> element == Element.F32 ? "neu" : "ne";
            case LT -> "lt";
            case LE -> "le";
            case GT -> "gt";
            case GE -> "ge";
        };
        return text.make(Kind.PREDICATE, "setp." + name + number(element), a, b);
    }

    String select(Element element, String condition, String a, String b) {
        return switch (PtxMemory.kind(element)) {
            case FLOAT -> text.make(Kind.FLOAT, "selp.f32", a, b, condition);
            case LONG -> text.make(Kind.LONG, "selp.b64", a, b, condition);
            case HALF -> text.make(Kind.HALF, "selp.b16", a, b, condition);
            case WORD, PREDICATE -> element != Element.BOOL
                    ? text.make(Kind.WORD, "selp.b32", a, b, condition)
                    : either(condition, a, b);
        };
    }

    /// `condition & a | ~condition & b`
    private String either(String condition, String a, String b) {
        String not = text.make(Kind.PREDICATE, "not.pred", condition);
        String first = text.make(Kind.PREDICATE, "and.pred", condition, a);
        String second = text.make(Kind.PREDICATE, "and.pred", not, b);
        return text.make(Kind.PREDICATE, "or.pred", first, second);
    }

    String convert(Element from, Element to, String a) {
        if (from == to) return a;
        if (from == Element.F32) return fromFloat(to, a);
        if (from == Element.F16) return text.make(Kind.FLOAT, "cvt.f32.f16", a);
        if (from == Element.BF16) return text.make(Kind.FLOAT, "cvt.f32.bf16", a);
        String whole = from == Element.BOOL ? text.make(Kind.WORD, "selp.u32", "1", "0", a) : a;
        if (to == Element.F32) return text.make(Kind.FLOAT, "cvt.rn.f32" + number(from), whole);
        if (to.bits() == 64) return from.bits() == 64 ? whole : text.make(Kind.LONG, "cvt" + (from.isSigned() ? ".s64.s32" : ".u64.u32"), whole);
        String word = from.bits() == 64 ? text.make(Kind.WORD, "cvt.u32.u64", whole) : whole;
        boolean fits = from.bits() < to.bits() && (!from.isSigned() || to.isSigned());
        return fits ? word : narrow(to, word);
    }

    private String fromFloat(Element to, String a) {
        return switch (to) {
            case F16 -> text.make(Kind.HALF, "cvt.rn.f16.f32", a);
            case BF16 -> text.make(Kind.HALF, "cvt.rn.bf16.f32", a);
            case I64, U64 -> text.make(Kind.LONG, "cvt.rzi.s64.f32", a);
            case U32 -> text.make(Kind.WORD, "cvt.u32.u64", text.make(Kind.LONG, "cvt.rzi.s64.f32", a));
            case BOOL, I8, U8, I16, U16, I32, F32 -> narrow(to, text.make(Kind.WORD, "cvt.rzi.s32.f32", a));
        };
    }

    String bitcast(Element from, Element to, String a) {
        if (from == Element.F32) return to == Element.F32 ? a : text.make(Kind.WORD, "mov.b32", a);
        if (to == Element.F32) return text.make(Kind.FLOAT, "mov.b32", a);
        if (PtxMemory.kind(from) == Kind.HALF || PtxMemory.kind(to) == Kind.HALF)
            return PtxMemory.kind(from) == PtxMemory.kind(to) ? a
                    : PtxMemory.kind(to) == Kind.HALF ? text.make(Kind.HALF, "cvt.u16.u32", a)
                    : narrow(to, text.make(Kind.WORD, "cvt.u32.u16", a));
        return narrow(to, a);
    }
}
