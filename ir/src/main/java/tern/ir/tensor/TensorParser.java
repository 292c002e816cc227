package tern.ir.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.text.Source;

/// Reads the text of a [TensorProgram].
public final class TensorParser {

    private final TensorTokens tokens;
    private final Map<String, Tensor> tensors = new HashMap<>();
    private final IndexParser integers;
    private final FormulaParser formulas;
    private final List<Tensor> parameters = new ArrayList<>();

    private TensorParser(Source source, Map<String, ? extends Number> constants) {
        tokens = new TensorTokens(source);
        integers = new IndexParser(tokens, tensors);
        formulas = new FormulaParser(tokens, tensors, integers);
        constants.forEach((name, value) -> integers.names.put(name, value instanceof Float number
                ? new Expr.Real(Type.F32, number)
                : Expr.i32(value.intValue())));
        integers.names.put("n", Expr.ref(Program.N));
        integers.names.put("position", Expr.ref(Program.POSITION));
    }

    /// @param constants what names in the text stand for: Integer or Float
    /// @throws tern.ir.text.IrException if the text is wrong: the first place where it is
    public static TensorProgram parse(String text, Map<String, ? extends Number> constants) {
        var source = new Source("tensor program", text);
        var parser = new TensorParser(source, constants);
        return parser.program();
    }

    private TensorProgram program() {
        String name = tokens.name();
        tokens.expect("(");
        do parameter();
        while (tokens.accept(","));
        tokens.expect(")");
        tokens.expect("{");
        List<TensorProgram.Region> regions = new ArrayList<>();
        while (!tokens.accept("}")) regions.add(region());
        if (!tokens.is("")) throw tokens.problem("the end of the text expected, found '%s'".formatted(tokens.peek(0)));
        return new TensorProgram(name, parameters, regions);
    }

    /// `keys: bf16[5, 4096, 128]`, `scale: f32[2, 5, 4096] of keys at 2621440 apart 2703360`.
    private void parameter() {
        String name = tokens.name();
        tokens.expect(":");
        Element element = Element.of(tokens.name());
        List<Expr> extents = integers.list();
        int parameter = parameters.size();
        if (tokens.accept("of")) parameter = parameters.indexOf(tensors.get(tokens.name()));
        if (parameter < 0) throw tokens.problem("no such parameter");
        long offset = tokens.accept("at") ? constant() : 0, apart = tokens.accept("apart") ? constant() : 0;
        declare(new Tensor(name, element, extents, new Tensor.Place(parameter, offset, apart)));
    }

    private void declare(Tensor tensor) {
        tensors.put(tensor.name(), tensor);
        if (tensor.isParameter()) parameters.add(tensor);
    }

    private long constant() {
        if (integers.sum() instanceof Expr.Int(_, long value)) return value;
        throw tokens.problem("a constant expected");
    }

    private TensorProgram.Region region() {
        tokens.expect("for");
        var outer = new HashMap<>(integers.names);
        List<Index> indices = indices();
        tokens.expect("{");
        List<Statement> body = new ArrayList<>();
        while (!tokens.accept("}")) body.add(statement());
        integers.names.keySet().retainAll(outer.keySet());
        tensors.values().removeIf(tensor -> !tensor.isParameter());
        return new TensorProgram.Region(indices, body);
    }

    private List<Index> indices() {
        List<Index> indices = new ArrayList<>();
        do indices.add(formulas.index());
        while (tokens.accept(","));
        return indices;
    }

    private Statement statement() {
        if (tokens.accept("let")) {
            Var var = Var.value(tokens.name(), Type.I32);
            tokens.expect("=");
            Expr value = integers.sum();
            integers.names.put(var.name(), Expr.ref(var));
            integers.meanings.put(var, value);
            return new Statement.Let(var, value);
        }
        List<Index> indices = List.of();
        if (tokens.accept("for")) {
            indices = indices();
            tokens.expect(":");
        }
        List<Formula.Element> targets = targets();
        tokens.expect("=");
        List<Formula> values = new ArrayList<>();
        do values.add(formulas.sum());
        while (tokens.accept(","));
        for (Index index : indices) integers.names.remove(index.var().name());
        return new Statement.Define(indices, targets, values);
    }

    private record Target(String name, List<Expr> at) {}

    /// A tensor that is named for the first time has the dimensions that its indices need; it can be read from the next statement on.
    private List<Formula.Element> targets() {
        List<Target> named = new ArrayList<>();
        do named.add(new Target(tokens.name(), integers.list()));
        while (tokens.accept(","));
        for (Target target : named) {
            if (tensors.containsKey(target.name)) continue;
            List<Expr> extents = new ArrayList<>();
            for (int d = 0; d < target.at.size(); d++) {
                int most = 0;
                for (Target same : named) if (same.name.equals(target.name)) most = Math.max(most, integers.most(same.at.get(d)));
                extents.add(Expr.i32(most));
            }
            tensors.put(target.name, new Tensor(target.name, Element.F32, extents, null));
        }
        return named.stream().map(target -> new Formula.Element(Objects.requireNonNull(tensors.get(target.name)), target.at)).toList();
    }
}
