package tern.ir.tensor;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Integers of a tensor program: indices, extents, numbers read from tensors.
final class IndexParser {

    private final TensorTokens tokens;
    private final Map<String, Tensor> tensors;
    /// Constants, scalars of the launch, indices, lets.
    final Map<String, Expr> names = new HashMap<>();
    /// What lets stand for and what indices end with, for bounds.
    final Map<Var, Expr> meanings = new HashMap<>();

    IndexParser(TensorTokens tokens, Map<String, Tensor> tensors) {
        this.tokens = tokens;
        this.tensors = tensors;
    }

    Expr sum() {
        Expr left = product();
        while (tokens.is("+") || tokens.is("-")) left = tokens.take().equals("+") ? Expr.add(left, product()) : Expr.subtract(left, product());
        return left;
    }

    private Expr product() {
        Expr left = primary();
        while (tokens.is("*") || tokens.is("/") || tokens.is("%")) {
            left = switch (tokens.take()) {
                case "*" -> Expr.multiply(left, primary());
                case "/" -> divide(Operation.DIVIDE, left, primary());
                default -> divide(Operation.REMAINDER, left, primary());
            };
        }
        return left;
    }

    private static Expr divide(Operation operation, Expr a, Expr b) {
        if (!(a instanceof Expr.Int(_, long x)) || !(b instanceof Expr.Int(_, long y)) || y == 0) return Expr.binary(operation, a, b);
        return Expr.i32((int) (operation == Operation.DIVIDE ? x / y : x % y));
    }

    private Expr primary() {
        if (tokens.isNumber()) return Expr.i32(Integer.parseInt(tokens.take()));
        if (tokens.accept("(")) {
            Expr inner = sum();
            tokens.expect(")");
            return inner;
        }
        if ((tokens.is("min") || tokens.is("max")) && tokens.peek(1).equals("(")) {
            Operation operation = tokens.take().equals("min") ? Operation.MIN : Operation.MAX;
            tokens.expect("(");
            Expr a = sum();
            tokens.expect(",");
            Expr b = sum();
            tokens.expect(")");
            return Expr.binary(operation, a, b);
        }
        Tensor tensor = tensors.get(tokens.peek(0));
        if (tensor != null && tensor.element() == Element.I32 && tensor.isParameter()) {
            tokens.take();
            return Expr.load(tensor.integers(), flat(tensor, list()), 1);
        }
        Expr named = names.get(tokens.peek(0));
        if (named == null || !named.type().equals(Type.I32)) throw tokens.problem("no integer '%s'".formatted(tokens.peek(0)));
        tokens.take();
        return named;
    }

    /// `[a, b]`.
    List<Expr> list() {
        List<Expr> all = new ArrayList<>();
        if (!tokens.accept("[")) return all;
        do all.add(sum());
        while (tokens.accept(","));
        tokens.expect("]");
        return all;
    }

    private Expr flat(Tensor tensor, List<Expr> at) {
        if (at.size() == 1) return at.getFirst();
        if (at.size() != tensor.extents().size())
            throw tokens.problem(String.format(ROOT, "%s has %d dimensions", tensor.name(), tensor.extents().size()));
        Expr flat = Expr.i32(0);
        for (int d = 0; d < at.size(); d++) flat = Expr.add(Expr.multiply(flat, tensor.extents().get(d)), at.get(d));
        return flat;
    }

    /// The largest that an integer may be, as far as constants tell.
    int most(Expr expr) {
        return Math.toIntExact(most(expr, true));
    }

    private long most(Expr expr, boolean upper) {
        return switch (expr) {
            case Expr.Int(_, long value) -> value;
            case Expr.Ref(Var var) when meanings.containsKey(var) -> most(meanings.get(var), upper);
            case Expr.Ref _, Expr.Load _ -> upper ? Integer.MAX_VALUE : 0;
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD -> most(a, upper) + most(b, upper);
                case SUBTRACT -> most(a, upper) - most(b, !upper);
                case MULTIPLY -> most(a, upper) * most(b, upper);
                case MIN -> Math.min(most(a, upper), most(b, upper));
                case MAX -> Math.max(most(a, upper), most(b, upper));
                case DIVIDE -> most(a, upper) / Math.max(1, most(b, !upper));
                default -> throw tokens.problem("no bound is known of " + expr);
            };
            default -> throw tokens.problem("no bound is known of " + expr);
        };
    }
}
