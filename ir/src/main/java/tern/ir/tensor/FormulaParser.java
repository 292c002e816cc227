package tern.ir.tensor;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula.Operation;
import tern.ir.tensor.Formula.Order;

/// Floats of a tensor program.
final class FormulaParser {

    private static final Map<String, Order> REDUCTIONS = Map.of("lanes", Order.LANES, "chain", Order.CHAIN, "most", Order.MOST);
    private static final Map<String, Operation> CALLS = Map.of("sqrt", Operation.SQRT, "abs", Operation.ABS, "round", Operation.ROUND,
            "exp", Operation.EXP, "min", Operation.MIN, "max", Operation.MAX, "fma", Operation.FMA);

    private final TensorTokens tokens;
    private final Map<String, Tensor> tensors;
    private final IndexParser integers;

    FormulaParser(TensorTokens tokens, Map<String, Tensor> tensors, IndexParser integers) {
        this.tokens = tokens;
        this.tensors = tensors;
        this.integers = integers;
    }

    Formula sum() {
        Formula left = product();
        while (tokens.is("+") || tokens.is("-"))
            left = apply(tokens.take().equals("+") ? Operation.ADD : Operation.SUBTRACT, left, product());
        return left;
    }

    private Formula product() {
        Formula left = prefix();
        while (tokens.is("*") || tokens.is("/"))
            left = apply(tokens.take().equals("*") ? Operation.MULTIPLY : Operation.DIVIDE, left, prefix());
        return left;
    }

    private static Formula apply(Operation operation, Formula... of) {
        return new Formula.Apply(operation, List.of(of));
    }

    private Formula prefix() {
        if (!tokens.accept("-")) return primary();
        Formula of = prefix();
        return of instanceof Formula.Real(float value) ? new Formula.Real(-value) : apply(Operation.NEGATE, of);
    }

    private Formula primary() {
        if (tokens.isNumber()) return new Formula.Real(Float.parseFloat(tokens.take()));
        if (tokens.accept("(")) {
            Formula inner = sum();
            tokens.expect(")");
            return inner;
        }
        String word = tokens.peek(0);
        if (tensors.containsKey(word)) return element();
        if (tokens.peek(1).equals("(")) return call(tokens.name());
        return switch (integers.names.get(word)) {
            case Expr.Int(_, long value) -> {
                tokens.take();
                yield new Formula.Real(value);
            }
            case Expr.Real(_, float value) -> {
                tokens.take();
                yield new Formula.Real(value);
            }
            case null, default -> throw tokens.problem("no tensor and no constant '%s'".formatted(word));
        };
    }

    Formula.Element element() {
        String name = tokens.name();
        Tensor tensor = tensors.get(name);
        if (tensor == null) throw tokens.problem("no tensor '%s'".formatted(name));
        List<Expr> at = integers.list();
        if (at.size() != tensor.extents().size())
            throw tokens.problem(String.format(ROOT, "%s has %d dimensions, not %d", tensor.name(), tensor.extents().size(), at.size()));
        return new Formula.Element(tensor, at);
    }

    private Formula call(String name) {
        tokens.expect("(");
        Formula result;
        if (REDUCTIONS.containsKey(name)) {
            Index index = index();
            tokens.expect(":");
            result = new Formula.Reduction(REDUCTIONS.get(name), index, sum());
            integers.names.remove(index.var().name());
        } else if (name.equals("where")) {
            Formula a = sum();
            Operation operation = tokens.accept("<") ? Operation.WHERE_LESS : Operation.WHERE_EQUAL;
            if (operation == Operation.WHERE_EQUAL) tokens.expect("==");
            List<Formula> of = new ArrayList<>(List.of(a, sum()));
            for (int i = 0; i < 2; i++) {
                tokens.expect(",");
                of.add(sum());
            }
            result = new Formula.Apply(operation, of);
        } else {
            Operation operation = CALLS.get(name);
            if (operation == null) throw tokens.problem("no function '%s'".formatted(name));
            List<Formula> of = new ArrayList<>();
            do of.add(sum());
            while (tokens.accept(","));
            result = new Formula.Apply(operation, of);
        }
        tokens.expect(")");
        return result;
    }

    /// `k < e` or `k in a .. b`; known from here on.
    Index index() {
        Var var = Var.value(tokens.name(), Type.I32);
        if (integers.names.containsKey(var.name())) throw tokens.problem("there is a '%s' already".formatted(var));
        Expr from = Expr.i32(0);
        if (!tokens.accept("<")) {
            tokens.expect("in");
            from = integers.sum();
            tokens.expect("..");
        }
        Expr to = integers.sum();
        integers.names.put(var.name(), Expr.ref(var));
        integers.meanings.put(var, to);
        return new Index(var, from, to);
    }
}
