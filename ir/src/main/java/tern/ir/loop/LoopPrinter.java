package tern.ir.loop;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
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

    private final StringBuilder out = new StringBuilder();
    private final ExprPrinter exprs = new ExprPrinter(out);
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
        printer.exprs.expr(expr, 0);
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
            case Loop.Let _, Loop.Set _, Loop.Store _, Loop.Barrier _, Loop.CopyAsync _, Loop.TileProduct _, Loop.Wait _, Loop.GridDependency _,
                    Loop.Prefetch _, Loop.Group _ ->
                print(loop);
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
        exprs.expr(buffer.extent(), 0);
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
                exprs.expr(value, 0);
            }
            case Loop.Set(Var var, Expr value) -> {
                boolean increment = value instanceof Expr.Binary(var op, Expr.Ref(Var left), _)
                        && op == Operation.ADD
                        && left.equals(var);
                out.append(var).append(increment ? " += " : " := ");
                exprs.expr(increment ? ((Expr.Binary) value).b() : value, 0);
            }
            case Loop.Store(Buf buffer, Expr index, Expr value, var limit) -> {
                exprs.access(buffer, index, value.type().lanes(), limit);
                out.append(" = ");
                exprs.expr(value, 0);
            }
            case Loop.Barrier(var scope) -> out.append("barrier ").append(word(scope));
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                out.append("copy ");
                exprs.access(to, toIndex, elements, null);
                out.append(" = ");
                exprs.access(from, fromIndex, elements, null);
            }
            case Loop.TileProduct product -> {
                out.append("tileproduct ");
                exprs.access(product.sums(), product.sumsIndex(), product.sumsWidth(), null);
                out.append(" += ");
                exprs.access(product.a(), product.aIndex(), product.aWidth(), null);
                out.append(" * ");
                exprs.access(product.b(), product.bIndex(), product.bWidth(), null);
                out.append(" by ").append(product.aTiles()).append(", ").append(product.bTiles());
            }
            case Loop.Wait(int pending) -> out.append("wait ").append(pending);
            case Loop.GridDependency(var action) -> out.append("griddependency ").append(word(action));
            case Loop.Prefetch(Buf buffer, Expr index, int elements) -> {
                out.append("prefetch ");
                exprs.access(buffer, index, elements, null);
            }
            case Loop.Group group -> group(group);
        }
    }

    private void group(Loop.Group group) {
        switch (group) {
            case Loop.CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) -> {
                out.append("bulkcopy ");
                exprs.access(to, toIndex, elements, null);
                out.append(" = ");
                exprs.access(from, fromIndex, elements, null);
                out.append(" on ");
                exprs.access(signals, signal, 1, null);
            }
            case Loop.Await(Buf signals, Expr signal, Expr phase) -> {
                out.append("await ");
                exprs.access(signals, signal, 1, null);
                out.append(" phase ");
                exprs.expr(phase, 0);
            }
            case Loop.GroupProduct product -> {
                out.append("groupproduct ").append(product.sums().stream().map(Var::name).collect(joining(", "))).append(" += ");
                exprs.call("", product.a().toArray(Expr[]::new));
                out.append(" * ");
                exprs.access(product.b(), product.bIndex(), product.width(), null);
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
                        exprs.expr(from, ExprPrinter.SUM);
                        out.append("..");
                        exprs.expr(to, ExprPrinter.SUM);
                        if (step != 1) out.append(" step ").append(step);
                    }
                    case Loop.Range.Listed(Buf list, Expr count) -> {
                        out.append(list).append("[..");
                        exprs.expr(count, ExprPrinter.SUM);
                        out.append(']');
                    }
                }
                if (binding != Loop.Binding.SERIAL) out.append(" on ").append(word(binding));
            }
            case Loop.If(Expr condition, _) -> {
                out.append("if ");
                exprs.expr(condition, 0);
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

    /// What a name of the IR is called in text: its own, in small letters.
    static String word(Enum<?> constant) {
        return constant == Operation.MULTIPLY_HIGH ? "mulhi" : constant.name().toLowerCase(Locale.ROOT);
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
