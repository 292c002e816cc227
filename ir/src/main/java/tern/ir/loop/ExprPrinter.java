package tern.ir.loop;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr.Binary.Operation;

/// The expressions of [LoopPrinter], with no more parentheses than [ExprParser] needs.
final class ExprPrinter {

    /// How tightly an expression binds; larger is tighter.
    static final int COMPARE = 1, BITS = 2, SHIFT = 3, SUM = 4, PRODUCT = 5, PREFIX = 6, SUFFIX = 7, PRIMARY = 8;

    private final StringBuilder out;

    /// @param out that it appends to
    ExprPrinter(StringBuilder out) {
        this.out = out;
    }

    /// `buffer[index +: width below limit]`.
    void access(Buf buffer, Expr index, int width, @Nullable Expr limit) {
        out.append(buffer).append('[');
        expr(index, SUM);
        if (width != 1) out.append(" +: ").append(width);
        if (limit != null) {
            out.append(" below ");
            expr(limit, SUM);
        }
        out.append(']');
    }

    /// @param context how tightly it must bind to need no parentheses
    void expr(Expr expr, int context) {
        int binding = binding(expr);
        boolean parentheses = binding < context;
        if (parentheses) out.append('(');
        switch (expr) {
            case Expr.Int(Type type, long value) -> literal(Long.toString(value), type, Type.I32);
            case Expr.Real(Type type, float value) -> literal(real(value), type, Type.F32);
            case Expr.Ref(Var var) -> out.append(var);
            case Expr.Load(Type type, Buf buffer, Expr index, var limit) -> {
                access(buffer, index, type.lanes(), limit);
                if (type.element() != buffer.element()) out.append(':').append(type.element());
            }
            case Expr.Unary(var op, Expr a) -> unary(op, a);
            case Expr.Binary(var op, Expr a, Expr b) -> {
                String sign = sign(op);
                if (sign == null) call(LoopPrinter.word(op), a, b);
                else {
                    // A chain of equal bit operations reads well; a mixture needs parentheses.
                    boolean chain = binding != BITS || a instanceof Expr.Binary(var inner, _, _) && inner == op;
                    infix(a, chain ? binding : binding + 1, sign, b, binding + 1);
                }
            }
            case Expr.Compare(var relation, Expr a, Expr b) -> infix(a, COMPARE + 1, sign(relation), b, COMPARE + 1);
            case Expr.Fma(Expr a, Expr b, Expr c) -> call("fma", a, b, c);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> call("select", condition, then, otherwise);
            case Expr.Convert(Type type, Expr a) -> suffix(a, "as", type);
            case Expr.Bitcast(Type type, Expr a) -> suffix(a, "bits", type);
            case Expr.Broadcast(Type type, Expr a) -> suffix(a, "splat", type);
            case Expr.Lookup(Expr table, Expr index) -> call("lookup", table, index);
            case Expr.Shuffle(Expr a, var pattern) -> {
                out.append("shuffle(");
                expr(a, 0);
                out.append(", [").append(runs(pattern)).append("])");
            }
            case Expr.Reduce(var op, Expr a) -> call("reduce_" + LoopPrinter.word(op), a);
            case Expr.Dot(Expr sum, Expr a, Expr b) -> call("dot", sum, a, b);
            case Expr.Lane(Type type) -> out.append("lane(").append(type).append(')');
            case Expr.Gather(Type type, Buf buffer, Expr indices) -> {
                out.append("gather(").append(buffer).append(", ");
                expr(indices, 0);
                out.append(", ").append(type.lanes() / indices.type().lanes()).append(')');
            }
            case Expr.Mma mma -> call("mma", Exprs.operands(mma).toArray(Expr[]::new));
        }
        if (parentheses) out.append(')');
    }

    private static int binding(Expr expr) {
        return switch (expr) {
            case Expr.Binary(var op, _, _) -> switch (op) {
                case MULTIPLY, DIVIDE, REMAINDER -> PRODUCT;
                case ADD, SUBTRACT -> SUM;
                case SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> SHIFT;
                case AND, OR, XOR -> BITS;
                case MULTIPLY_HIGH, MIN, MAX -> PRIMARY;
            };
            case Expr.Unary(var op, _) -> switch (op) {
                case NEGATE, NOT -> PREFIX;
                case ABS, SQRT, ROUND -> PRIMARY;
            };
            case Expr.Compare _ -> COMPARE;
            case Expr.Convert _, Expr.Bitcast _, Expr.Broadcast _ -> SUFFIX;
            case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Load _, Expr.Fma _, Expr.Select _, Expr.Lookup _, Expr.Shuffle _, Expr.Reduce _, Expr.Dot _,
                    Expr.Warp _ ->
                PRIMARY;
        };
    }

    private void unary(Expr.Unary.Operation op, Expr a) {
        switch (op) {
            case NEGATE -> {
                // `-1` is a literal, `-(1)` its negation.
                out.append('-');
                expr(a, beginsWithLiteral(a) ? PRIMARY + 1 : PREFIX);
            }
            case NOT -> {
                out.append('~');
                expr(a, PREFIX);
            }
            case ABS, SQRT, ROUND -> call(op.name().toLowerCase(Locale.ROOT), a);
        }
    }

    private static boolean beginsWithLiteral(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _ -> true;
            case Expr.Convert(_, Expr a) -> beginsWithLiteral(a);
            case Expr.Bitcast(_, Expr a) -> beginsWithLiteral(a);
            case Expr.Broadcast(_, Expr a) -> beginsWithLiteral(a);
            default -> false;
        };
    }

    private void literal(String number, Type type, Type usual) {
        out.append(number);
        if (!type.equals(usual)) out.append(':').append(type);
    }

    /// Shortest decimal that reads back to the same float; always with a point or a letter.
    static String real(float value) {
        if (Float.isNaN(value)) return "nan";
        if (Float.isInfinite(value)) return value > 0 ? "inf" : "-inf";
        return Float.toString(value);
    }

    private void infix(Expr a, int left, String sign, Expr b, int right) {
        expr(a, left);
        out.append(' ').append(sign).append(' ');
        expr(b, right);
    }

    private void suffix(Expr a, String word, Type type) {
        expr(a, SUFFIX);
        out.append(' ').append(word).append(' ').append(type);
    }

    void call(String name, Expr... arguments) {
        out.append(name).append('(');
        for (int i = 0; i < arguments.length; i++) {
            if (i > 0) out.append(", ");
            expr(arguments[i], 0);
        }
        out.append(')');
    }

    /// `0, 2, 4..7` for 0, 2, 4, 5, 6, 7; `1..29 step 4` for 1, 5, 9, ..., 29.
    private static String runs(List<Integer> pattern) {
        var text = new StringBuilder();
        for (int i = 0; i < pattern.size();) {
            int first = pattern.get(i), end = i + 1;
            int step = end < pattern.size() ? pattern.get(end) - first : 1;
            while (end < pattern.size() && pattern.get(end) == first + (end - i) * step) end++;
            if (step < 1 || step > 1 && end - i < 5) {
                end = i + 1;
                step = 1;
            }
            if (!text.isEmpty()) text.append(", ");
            if (step > 1) text.append(first).append("..").append(pattern.get(end - 1)).append(" step ").append(step);
            else if (end - i >= 3) text.append(first).append("..").append(pattern.get(end - 1));
            else text.append(pattern.subList(i, end).stream().map(String::valueOf).collect(joining(", ")));
            i = end;
        }
        return text.toString();
    }

    /// The operator's sign, null where it is written as a call.
    static @Nullable String sign(Operation op) {
        return switch (op) {
            case ADD -> "+";
            case SUBTRACT -> "-";
            case MULTIPLY -> "*";
            case DIVIDE -> "/";
            case REMAINDER -> "%";
            case AND -> "&";
            case OR -> "|";
            case XOR -> "^";
            case SHIFT_LEFT -> "<<";
            case SHIFT_RIGHT -> ">>";
            case SHIFT_RIGHT_LOGICAL -> ">>>";
            case MULTIPLY_HIGH, MIN, MAX -> null;
        };
    }

    static String sign(Expr.Compare.Relation relation) {
        return switch (relation) {
            case EQ -> "==";
            case NE -> "!=";
            case LT -> "<";
            case LE -> "<=";
            case GT -> ">";
            case GE -> ">=";
        };
    }
}
