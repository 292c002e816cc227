package tern.scheduler.program;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.loop.Arithmetic;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// A kernel's formula for some neighbouring rows of one token, given their sums.
public final class RowFormula {

    /// First element of a parameter that must not be touched, by the names of its dimensions; null if none can be.
    public interface Limit {
        @Nullable
        Expr of(List<String> dims);
    }

    private final KernelDef kernel;
    private final int m, k;
    private final Names names;
    private final List<Buf> parameters;
    private final int lanes;
    private final IntFunction<Expr> sums;
    private final Limit limit;
    /// Values that are used more than once.
    private final List<Loop> steps = new ArrayList<>();

    /// @param parameters of the kernel, in order
    /// @param lanes      rows
    /// @param sums       i32 of all lanes, by the number of the weight parameter; f32 where the kernel sums by groups
    public RowFormula(Problem problem, Names names, List<Buf> parameters, int lanes, IntFunction<Expr> sums, Limit limit) {
        kernel = problem.kernel();
        m = problem.m();
        k = problem.k();
        this.names = names;
        this.parameters = parameters;
        this.lanes = lanes;
        this.sums = sums;
        this.limit = limit;
    }

    /// Writes the results of the rows from `row` on.
    public Loop store(Buf result, Expr token, Expr row) {
        return store(result, token, token, row);
    }

    /// @param token  whose results are written, as far as the limit allows
    /// @param loaded whose parameters are read: there is one of that number
    public Loop store(Buf result, Expr token, Expr loaded, Expr row) {
        Function<String, Expr> element = name -> element(name, loaded, row);
        Expr value = of(kernel.formula(), element);
        if (kernel.result().kind() == KernelDef.Kind.F32) value = Expr.convert(Element.F32, value);
        Loop store = new Loop.Store(result, add(multiply(token, i32(m)), row), value, limit.of(List.of("n", "m")));
        if (steps.isEmpty()) return store;
        steps.add(store);
        return Loop.block(steps);
    }

    private Expr of(Formula formula, Function<String, Expr> element) {
        return switch (formula) {
            case Formula.Number(float value) -> new Expr.Real(new Type(Element.F32, lanes), value);
            case Formula.Dot dot -> sum(dot);
            case Formula.Groups(Formula.Dot dot, _) -> sum(dot);
            case Formula.At(String param, _) -> element.apply(param);
            case Formula.Apply apply -> apply(apply, element);
        };
    }

    private Expr sum(Formula.Dot dot) {
        int weight = 0;
        while (!kernel.weights().get(weight).name().equals(dot.weights())) weight++;
        return sums.apply(weight);
    }

    private Expr element(String name, Expr token, Expr row) {
        return element(name, token, row, i32(0));
    }

    /// A parameter's value for the rows, f32 or i32 in all lanes.
    ///
    /// @param group of the kernel's groups, where the parameter has a dimension of groups
    public Expr element(String name, Expr token, Expr row, Expr group) {
        KernelDef.Param param = kernel.param(name);
        Buf buffer = parameters.get(kernel.params().indexOf(param));
        if (param.dims().contains("m") && !param.dims().getLast().equals("m"))
            throw new InapplicableException("parameter %s: %s has no lowering, [..., m] has".formatted(name, param.dims()));
        Expr index = i32(0), before = index;
        boolean ofGroups = false;
        for (String dim : param.dims()) {
            before = multiply(index, i32(KernelDef.size(dim, 1, m, k)));
            index = switch (dim) {
                case "n" -> token;
                case "m" -> add(before, row);
                default -> add(before, groupOf(dim, group));
            };
            ofGroups |= KernelDef.groupOf(dim) > 0;
        }
        if (!param.dims().contains("m")) return Expr.broadcast(lanes, widened(load(buffer, index, 1)));
        Expr end = limit.of(ofGroups ? List.of("m") : param.dims());
        return widened(new Expr.Load(new Type(buffer.element(), lanes), buffer, index, end != null && ofGroups ? add(before, end) : end));
    }

    private static Expr widened(Expr value) {
        return value.type().element().isFloat() ? Expr.convert(Element.F32, value) : value;
    }

    /// Which of a parameter's groups one of the kernel's belongs to.
    private Expr groupOf(String dim, Expr group) {
        int together = KernelDef.groupOf(dim) / kernel.group();
        return together == 1 ? group : Expr.binary(Expr.Binary.Operation.DIVIDE, group, i32(together));
    }

    /// The product of the scales of a group, f32 in all lanes.
    ///
    /// @param known what is taken for a parameter's value in all lanes: it, or a place where it was put
    public Expr scale(Formula.Groups groups, Expr token, Expr row, Expr group, BiFunction<KernelDef.Param, Expr, Expr> known) {
        return groups.scales().stream()
                .map(scale -> known.apply(kernel.param(scale.param()), element(scale.param(), token, row, group)))
                .reduce((a, b) -> Expr.binary(Expr.Binary.Operation.MULTIPLY, a, b))
                .orElseThrow();
    }

    private Expr apply(Formula.Apply apply, Function<String, Expr> element) {
        Expr a = of(apply.arguments().getFirst(), element);
        return switch (apply.function()) {
            case ADD -> both(Expr.Binary.Operation.ADD, a, apply, element);
            case SUBTRACT -> both(Expr.Binary.Operation.SUBTRACT, a, apply, element);
            case MULTIPLY -> both(Expr.Binary.Operation.MULTIPLY, a, apply, element);
            case MIN -> both(Expr.Binary.Operation.MIN, a, apply, element);
            case MAX -> both(Expr.Binary.Operation.MAX, a, apply, element);
            case RELU -> Expr.binary(Expr.Binary.Operation.MAX, a, Expr.zero(a.type()));
            case SQUARE -> {
                Expr root = named(a);
                yield Expr.binary(Expr.Binary.Operation.MULTIPLY, root, root);
            }
            case SILU -> Arithmetic.silu(Expr.convert(Element.F32, a), (stem, value) -> named(value));
        };
    }

    private Expr named(Expr value) {
        Var name = names.value("value", value.type());
        steps.add(new Loop.Let(name, value));
        return Expr.ref(name);
    }

    private Expr both(Expr.Binary.Operation op, Expr a, Formula.Apply apply, Function<String, Expr> element) {
        Expr b = of(apply.arguments().get(1), element);
        if (a.type().element() == b.type().element()) return Expr.binary(op, a, b);
        return Expr.binary(op, Expr.convert(Element.F32, a), Expr.convert(Element.F32, b));
    }
}
