package tern.ir.loop;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tern.ir.Interval;
import tern.ir.loop.Expr.Binary.Operation;

/// Programs as text that [LoopParser] reads back to an equal program.
///
///     program double source "double.tir"
///       n in 1..32
///       in x: i8[n * 64] values -128..127
///       out y: i16[n * 64]
///     {
///       for i in 0..n on cores {
///         @2 let a: i8x64 = x[i * 64 +: 64]
///         y[i * 64 +: 64] = a as i16x64 << 1
///       }
///     }
///
/// `x[i +: w below e]` are w elements from index i on, guarded at e. From tight to loose bind `as T` (convert), `bits T`
/// (bitcast) and `splat T` (broadcast); `- ~`; `* / %`; `+ -`; `<< >> >>>`; `& | ^`, which need parentheses among each other;
/// comparisons. A literal without a type is an i32 or, with a point, an f32.
public final class LoopPrinter {

    static final String INDENT = "  ";
    private static final int WIDTH = 110;

    /// How tightly an expression binds; larger is tighter.
    private static final int COMPARE = 1, BITS = 2, SHIFT = 3, SUM = 4, PRODUCT = 5, PREFIX = 6, SUFFIX = 7, PRIMARY = 8;

    private final StringBuilder out = new StringBuilder();
    private String margin = "";

    private LoopPrinter() {}

    /// The program, over as many lines as it needs, the last one ended.
    public static String print(Program program) {
        var printer = new LoopPrinter();
        printer.header(program);
        printer.out.append("{\n");
        printer.body(program.body());
        printer.out.append("}\n");
        return printer.out.toString();
    }

    /// A statement with all that it contains, without a line break at the end.
    public static String print(Loop loop) {
        var printer = new LoopPrinter();
        printer.statement(loop);
        return printer.out.toString().stripTrailing();
    }

    public static String print(Expr expr) {
        var printer = new LoopPrinter();
        printer.expr(expr, 0);
        return printer.out.toString();
    }

    /// The first line of a statement: what it is, without its body.
    public static String firstLine(Loop loop) {
        return switch (loop) {
            case Loop.At at -> firstLine(at.body());
            case Loop.Block block -> block.steps().isEmpty() ? "{ }" : firstLine(block.steps().getFirst());
            case Loop.For _, Loop.If _, Loop.Outline _ -> {
                var printer = new LoopPrinter();
                printer.head(loop);
                yield printer.out.toString();
            }
            case Loop.Let _, Loop.Set _, Loop.Store _, Loop.Barrier _, Loop.CopyAsync _, Loop.TileProduct _, Loop.Wait _,
                    Loop.Launches _, Loop.Fetch _, Loop.Group _ -> print(loop);
        };
    }

    private void header(Program program) {
        out.append("program ").append(program.name()).append(" source ").append(quote(program.source())).append('\n');
        for (var scalar : program.scalars())
            out.append(INDENT).append(scalar.var()).append(" in ").append(scalar.values()).append('\n');
        for (Buf buffer : program.buffers()) {
            out.append(INDENT);
            declaration(buffer);
            out.append('\n');
        }
    }

    /// The declaration of a buffer, as in a program's head.
    static String print(Buf buffer) {
        var printer = new LoopPrinter();
        printer.declaration(buffer);
        return printer.out.toString();
    }

    private void declaration(Buf buffer) {
        out.append(word(buffer.scope())).append(' ').append(buffer).append(": ").append(buffer.element()).append('[');
        expr(buffer.extent(), 0);
        out.append(']');
        Interval values = buffer.values();
        if (values != null) out.append(" values ").append(values);
        if (buffer.data() != null) data(buffer.data());
    }

    private void data(List<Integer> data) {
        out.append(" = {");
        int lineStart = out.lastIndexOf("\n") + 1;
        for (int i = 0; i < data.size(); i++) {
            String number = data.get(i).toString();
            if (out.length() + number.length() + 1 - lineStart > WIDTH) {
                lineStart = out.length() + 1;
                out.append('\n').append(INDENT.repeat(3));
            } else if (i > 0) out.append(' ');
            out.append(number).append(i < data.size() - 1 ? "," : "");
        }
        out.append('}');
    }

    /// The statements between a pair of braces. A block of one statement keeps braces of its own.
    private void body(Loop loop) {
        String outer = margin;
        margin += INDENT;
        if (loop instanceof Loop.Block(var steps) && steps.size() != 1) steps.forEach(this::line);
        else line(loop);
        margin = outer;
    }

    private void line(Loop loop) {
        out.append(margin);
        statement(loop);
        out.append('\n');
    }

    private void statement(Loop loop) {
        switch (loop) {
            case Loop.Block _ -> braced(loop, true);
            case Loop.At(int line, Loop body) -> {
                out.append('@').append(line).append(' ');
                if (body instanceof Loop.Block) braced(body, false);
                else statement(body);
            }
            case Loop.For _, Loop.If _, Loop.Outline _ -> {
                head(loop);
                out.append(' ');
                braced(bodyOf(loop), false);
            }
            case Loop.Let(Var var, Expr value) -> {
                out.append(var.mutable() ? "var " : "let ").append(var).append(": ").append(var.type()).append(" = ");
                expr(value, 0);
            }
            case Loop.Set(Var var, Expr value) -> {
                boolean increment = value instanceof Expr.Binary(var op, Expr.Ref(Var left), _)
                        && op == Operation.ADD
                        && left.equals(var);
                out.append(var).append(increment ? " += " : " := ");
                expr(increment ? ((Expr.Binary) value).b() : value, 0);
            }
            case Loop.Store(Buf buffer, Expr index, Expr value, var limit) -> {
                access(buffer, index, value.type().lanes(), limit);
                out.append(" = ");
                expr(value, 0);
            }
            case Loop.Barrier(var scope) -> out.append("barrier ").append(word(scope));
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                out.append("copy ");
                access(to, toIndex, elements, null);
                out.append(" = ");
                access(from, fromIndex, elements, null);
            }
            case Loop.TileProduct product -> {
                out.append("tileproduct ");
                access(product.sums(), product.sumsIndex(), product.sumsWidth(), null);
                out.append(" += ");
                access(product.a(), product.aIndex(), product.aWidth(), null);
                out.append(" * ");
                access(product.b(), product.bIndex(), product.bWidth(), null);
                out.append(" by ").append(product.aTiles()).append(", ").append(product.bTiles());
            }
            case Loop.Wait(int pending) -> out.append("wait ").append(pending);
            case Loop.Launches(var turn) -> out.append("launches ").append(word(turn));
            case Loop.Fetch(Buf buffer, Expr index, int elements) -> {
                out.append("fetch ");
                access(buffer, index, elements, null);
            }
            case Loop.Group group -> group(group);
        }
    }

    private void group(Loop.Group group) {
        switch (group) {
            case Loop.CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) -> {
                out.append("bulkcopy ");
                access(to, toIndex, elements, null);
                out.append(" = ");
                access(from, fromIndex, elements, null);
                out.append(" on ");
                access(signals, signal, 1, null);
            }
            case Loop.Await(Buf signals, Expr signal, Expr turn) -> {
                out.append("await ");
                access(signals, signal, 1, null);
                out.append(" turn ");
                expr(turn, 0);
            }
            case Loop.GroupProduct product -> {
                out.append("groupproduct ").append(product.sums().stream().map(Var::name).collect(joining(", "))).append(" += ");
                call("", product.a().toArray(Expr[]::new));
                out.append(" * ");
                access(product.b(), product.bIndex(), product.width(), null);
                out.append(" apart ").append(product.apart());
            }
            case Loop.GroupWait(int pending) -> out.append("groupwait ").append(pending);
        }
    }

    private void head(Loop loop) {
        switch (loop) {
            case Loop.For(Var index, Loop.Range range, Loop.Binding binding, _) -> {
                out.append("for ").append(index).append(" in ");
                switch (range) {
                    case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                        expr(from, SUM);
                        out.append("..");
                        expr(to, SUM);
                        if (step != 1) out.append(" step ").append(step);
                    }
                    case Loop.Range.Listed(Buf list, Expr count) -> {
                        out.append(list).append("[..");
                        expr(count, SUM);
                        out.append(']');
                    }
                }
                if (binding != Loop.Binding.SERIAL) out.append(" on ").append(word(binding));
            }
            case Loop.If(Expr condition, _) -> {
                out.append("if ");
                expr(condition, 0);
            }
            case Loop.Outline(String name, _) -> out.append("outline ").append(name);
            default -> throw new IllegalArgumentException("no head: " + loop.getClass());
        }
    }

    private static Loop bodyOf(Loop loop) {
        return switch (loop) {
            case Loop.For(_, _, _, Loop body) -> body;
            case Loop.If(_, Loop body) -> body;
            case Loop.Outline(_, Loop body) -> body;
            default -> throw new IllegalArgumentException("no body: " + loop.getClass());
        };
    }

    /// @param exact true where braces mean a block even around one statement
    private void braced(Loop body, boolean exact) {
        out.append("{\n");
        if (exact && body instanceof Loop.Block(var steps) && steps.size() == 1) {
            String outer = margin;
            margin += INDENT;
            line(steps.getFirst());
            margin = outer;
        } else body(body);
        out.append(margin).append('}');
    }

    private void access(Buf buffer, Expr index, int width, @Nullable Expr limit) {
        out.append(buffer).append('[');
        expr(index, SUM);
        if (width != 1) out.append(" +: ").append(width);
        if (limit != null) {
            out.append(" below ");
            expr(limit, SUM);
        }
        out.append(']');
    }

    private void expr(Expr expr, int context) {
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
                if (sign == null) call(word(op), a, b);
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
            case Expr.Reduce(var op, Expr a) -> call("reduce_" + word(op), a);
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
            case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Load _, Expr.Fma _, Expr.Select _, Expr.Lookup _, Expr.Shuffle _,
                    Expr.Reduce _, Expr.Dot _, Expr.Warp _ -> PRIMARY;
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

    private void call(String name, Expr... arguments) {
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
        for (int i = 0; i < pattern.size(); ) {
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

    /// What a name of the IR is called in text: its own, in small letters.
    static String word(Enum<?> constant) {
        return constant == Operation.MULTIPLY_HIGH ? "mulhi" : constant.name().toLowerCase(Locale.ROOT);
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

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
