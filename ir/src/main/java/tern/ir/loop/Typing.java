package tern.ir.loop;

import java.util.function.Consumer;
import java.util.stream.Stream;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;

/// The types that the operands of each expression must have, as the Javadoc of [Expr] states them.
final class Typing {

    private final Consumer<String> problems;

    Typing(Consumer<String> problems) {
        this.problems = problems;
    }

    private void require(boolean holds, String problem, Object... arguments) {
        if (!holds) problems.accept(problem.formatted(arguments));
    }

    /// Checks one expression, without what it consists of.
    void check(Expr expr) {
        switch (expr) {
            case Expr.Int(Type type, long value) -> {
                require(!type.element().isFloat(), "the integer %d has type %s", value, type);
                require(type.element().isFloat() || fits(value, type.element()), "%d does not fit %s", value, type.element());
            }
            case Expr.Real(Type type, float value) ->
                require(type.element().isFloat(), "the float %s has type %s", ExprPrinter.real(value), type);
            case Expr.Ref _ -> {}
            case Expr.Load(Type type, Buf buffer, Expr index, var limit) -> {
                require(type.element() == buffer.element(), "%s holds %s, not %s", buffer, buffer.element(), type.element());
                scalar("index", index);
                if (limit != null) scalar("limit", limit);
            }
            case Expr.Unary(var op, Expr a) -> unary(op, a);
            case Expr.Binary(var op, Expr a, Expr b) -> binary(op, a, b);
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                require(c.type().element() == Element.F32, "fma of %s", c.type());
                same("fma", a, c);
                same("fma", b, c);
            }
            case Expr.Compare(var relation, Expr a, Expr b) -> {
                require(isNumber(a), "'%s' compares %s", ExprPrinter.sign(relation), a.type());
                same("'" + ExprPrinter.sign(relation) + "'", a, b);
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Type wanted = then.type().withElement(Element.BOOL);
                require(condition.type().equals(wanted), "select between %s by %s", then.type(), condition.type());
                same("select", then, otherwise);
            }
            case Expr.Convert(Type type, Expr a) -> convert(type, a);
            case Expr.Bitcast(Type type, Expr a) -> {
                Type from = a.type();
                boolean numbers = type.element() != Element.BOOL && from.element() != Element.BOOL;
                require(numbers && type.bits() == from.bits(), "%s has not the bits of %s", from, type);
            }
            case Expr.Broadcast(Type type, Expr a) -> require(
                    a.type().isScalar() && a.type().element() == type.element(), "%s in every lane of %s", a.type(), type);
            case Expr.Lookup(Expr table, Expr index) -> {
                Element of = table.type().element(), by = index.type().element();
                require(by.isInteger() && of.bits() == by.bits(), "lookup in %s by %s", table.type(), index.type());
            }
            case Expr.Shuffle(Expr a, var pattern) -> {
                for (int lane : pattern)
                    if (lane < 0 || lane >= a.type().lanes()) {
                        require(false, "lane %d of %s", lane, a.type());
                        break;
                    }
            }
            case Expr.Reduce(var op, Expr a) -> {
                String name = LoopPrinter.word(op);
                boolean valid = switch (op) {
                    case ADD, MIN, MAX -> isNumber(a);
                    case AND, OR, XOR -> !a.type().element().isFloat();
                    case SUBTRACT, MULTIPLY, MULTIPLY_HIGH, DIVIDE, REMAINDER, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                        false;
                };
                require(valid, "reduce_%s of %s", name, a.type());
            }
            case Expr.Dot(Expr sum, Expr a, Expr b) -> {
                require(isDot(sum.type(), a.type(), b.type()), "dot of %s and %s to %s", a.type(), b.type(), sum.type());
            }
            case Expr.Warp warp -> warp(warp);
        }
    }

    /// Fours or pairs of bytes, or pairs of i16.
    private static boolean isDot(Type sum, Type a, Type b) {
        boolean bytes = a.element().isInteger() && a.element().bits() == 8 && b.element().isInteger() && b.element().bits() == 8;
        boolean shorts = a.element() == Element.I16 && b.element() == Element.I16;
        boolean fits = bytes ? sum.element() == Element.I32 || sum.element() == Element.I16 : shorts && sum.element() == Element.I32;
        return fits && a.lanes() == b.lanes() && a.bits() == sum.bits();
    }

    private void warp(Expr.Warp expr) {
        switch (expr) {
            case Expr.Lane(Type type) -> require(type.element() == Element.I32, "lane numbers of type %s", type);
            case Expr.Gather(Type type, Buf buffer, Expr indices) -> {
                require(type.element() == buffer.element(), "%s holds %s, not %s", buffer, buffer.element(), type.element());
                require(indices.type().element() == Element.I32 && indices.type().lanes() <= type.lanes(),
                        "%s gathered by %s", type, indices.type());
            }
            case Expr.Mma(Expr sum, var a, var b) -> {
                boolean floats = sum.type().element() == Element.F32;
                require(sum.type().equals(new Type(floats ? Element.F32 : Element.I32, 128)), "mma to %s", sum.type());
                require(a.size() == 4 && b.size() == 2, "mma of %d and %d parts", a.size(), b.size());
                Stream.concat(a.stream(), b.stream()).forEach(part -> require(
                        floats ? part.type().equals(new Type(Element.BF16, 64))
                                : part.type().element().isInteger() && part.type().element().bits() == 8 && part.type().lanes() == 128,
                        "mma of %s", part.type()));
            }
        }
    }

    /// A mask may be written as a signed or as an unsigned number.
    private static boolean fits(long value, Element element) {
        if (element == Element.BOOL) return value == 0 || value == 1;
        if (element.bits() == 64) return true;
        long low = -(1L << element.bits() - 1), high = (1L << element.bits()) - 1;
        return low <= value && value <= high;
    }

    private void scalar(String what, Expr expr) {
        require(expr.type().equals(Type.I32), "the %s is %s, not i32", what, expr.type());
    }

    /// Numbers that can be computed with: no bool, and neither f16 nor bf16.
    private static boolean isNumber(Expr a) {
        return a.type().element().isInteger() || a.type().element() == Element.F32;
    }

    private void same(String what, Expr a, Expr b) {
        require(a.type().equals(b.type()), "%s of %s and %s", what, a.type(), b.type());
    }

    private void unary(Expr.Unary.Operation op, Expr a) {
        boolean valid = switch (op) {
            case NEGATE, ABS -> isNumber(a);
            case NOT -> !a.type().element().isFloat();
            case SQRT, ROUND -> a.type().element() == Element.F32;
        };
        require(valid, "%s of %s", LoopPrinter.word(op), a.type());
    }

    private void binary(Operation op, Expr a, Expr b) {
        Element element = a.type().element();
        String sign = ExprPrinter.sign(op), name = sign == null ? LoopPrinter.word(op) : "'" + sign + "'";
        if (op.isShift()) {
            require(element.isInteger(), "%s of %s", name, a.type());
            require(op != Operation.SHIFT_RIGHT || !element.isInteger() || element.isSigned(),
                    "%s of %s, which has no sign: '>>>'", name, a.type());
            scalar("shift count", b);
            return;
        }
        boolean valid = switch (op) {
            case ADD, SUBTRACT, MULTIPLY, MIN, MAX -> isNumber(a);
            case MULTIPLY_HIGH -> element.isInteger();
            case DIVIDE -> element == Element.F32 || element.isInteger() && a.type().isScalar();
            case REMAINDER -> element.isInteger() && a.type().isScalar();
            case AND, OR, XOR -> !element.isFloat();
            case SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> throw new IllegalArgumentException("a shift: " + op);
        };
        require(valid, "%s of %s", name, a.type());
        same(name, a, b);
    }

    private void convert(Type type, Expr a) {
        Element from = a.type().element(), to = type.element();
        boolean valid = type.lanes() == a.type().lanes() && to != Element.BOOL;
        if (isHalf(from)) valid &= to == Element.F32;
        if (isHalf(to)) valid &= from == Element.F32;
        require(valid, "%s does not convert to %s", a.type(), type);
    }

    private static boolean isHalf(Element element) {
        return element == Element.F16 || element == Element.BF16;
    }
}
