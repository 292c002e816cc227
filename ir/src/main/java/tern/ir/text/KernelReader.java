package tern.ir.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.antlr.v4.runtime.ParserRuleContext;
import org.jspecify.annotations.Nullable;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Function;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.text.grammar.TernBaseVisitor;
import tern.ir.text.grammar.TernParser.AtContext;
import tern.ir.text.grammar.TernParser.CallContext;
import tern.ir.text.grammar.TernParser.DimContext;
import tern.ir.text.grammar.TernParser.DotContext;
import tern.ir.text.grammar.TernParser.ElementContext;
import tern.ir.text.grammar.TernParser.FactorContext;
import tern.ir.text.grammar.TernParser.FormulaContext;
import tern.ir.text.grammar.TernParser.GroupContext;
import tern.ir.text.grammar.TernParser.GroupsContext;
import tern.ir.text.grammar.TernParser.KernelContext;
import tern.ir.text.grammar.TernParser.NameContext;
import tern.ir.text.grammar.TernParser.NumberContext;
import tern.ir.text.grammar.TernParser.ParamContext;
import tern.ir.text.grammar.TernParser.ProductContext;
import tern.ir.text.grammar.TernParser.SignContext;

/// From the syntax of a kernel to its definition: names known, dimensions and indices matching, types right.
///
/// A formula that is wrong is read as the number 0, so that the rest can be checked too.
final class KernelReader extends TernBaseVisitor<Formula> {

    private static final int MAX_NODES = 1000;
    private static final Formula WRONG = new Formula.Number(0);

    private final Diagnostics problems;
    private final Map<String, Param> params = new LinkedHashMap<>();
    /// Dimension by index name, of the result.
    private final Map<String, String> indices = new LinkedHashMap<>();
    private boolean usesFloat, tooLong;
    /// The index of groups, while a sum over them is read.
    private @Nullable String group;
    /// Sizes of the groups that were summed up; 0 for all of k.
    private final Set<Integer> groups = new TreeSet<>();
    private int nodes;

    private KernelReader(Diagnostics problems) {
        this.problems = problems;
    }

    static KernelDef read(KernelContext context, Diagnostics problems) {
        return new KernelReader(problems).kernel(context);
    }

    private KernelDef kernel(KernelContext context) {
        List<ParamContext> written = context.param();
        for (ParamContext param : written.subList(0, written.size() - 1)) {
            Param read = param(param);
            if (params.putIfAbsent(read.name(), read) != null) problems.add(param.name(0), "a second parameter '%s'", read.name());
        }
        Param result = param(written.getLast());
        checkResult(written.getLast(), result);
        long inputs = params.values().stream().filter(p -> p.kind() == Kind.I8).count();
        if (inputs != 1)
            problems.add(context.name(), "a kernel has one i8 parameter, the activations; found %d", inputs);
        readIndices(context.element(), result);
        Formula formula = visit(context.formula());
        if (usesFloat && result.kind() == Kind.I32) problems.add(context.formula(), "the formula is f32, the result i32");
        if (groups.size() > 1) problems.add(context.formula(), "all sums of a kernel are over groups of one size, or over all of k");
        int line = context.formula().getStart().getLine();
        return new KernelDef(
                context.name().getText(), problems.source.name(), line, List.copyOf(params.values()), result, formula);
    }

    private Param param(ParamContext context) {
        String name = context.name(0).getText(), type = context.name(1).getText();
        List<String> dims = context.dim().stream().map(DimContext::getText).toList();
        Kind kind = Arrays.stream(Kind.values()).filter(k -> k.toString().equals(type)).findFirst().orElse(null);
        if (kind == null) {
            problems.add(context.name(1), "unknown type '%s'; there are weight, i8, i32, f16, bf16 and f32", type);
            return new Param(name, Kind.F32, dims);
        }
        switch (kind) {
            case WEIGHT -> expectDims(context, kind, dims, List.of("m", "k"));
            case I8 -> expectDims(context, kind, dims, List.of("n", "k"));
            case I32, F16, BF16, F32 -> {
                for (DimContext dim : context.dim()) checkDim(dim, kind);
                if (dims.size() != dims.stream().distinct().count()) problems.add(context, "a dimension stands twice");
            }
        }
        return new Param(name, kind, dims);
    }

    private void checkDim(DimContext dim, Kind kind) {
        String name = dim.name().getText();
        boolean isGroups = name.equals("k") && dim.INT() != null && kind.isFloat();
        if (isGroups && Numbers.positive(dim.INT().getSymbol(), problems) > 0) return;
        if (dim.INT() == null && (name.equals("n") || name.equals("m"))) return;
        problems.add(dim, "unknown dimension '%s'; a tensor of %s has dimensions n (tokens)%s m (outputs)%s",
                dim.getText(), kind, kind.isFloat() ? "," : " and", kind.isFloat() ? " and k/64 (groups of 64)" : "");
    }

    private void expectDims(ParamContext context, Kind kind, List<String> found, List<String> expected) {
        if (!found.equals(expected))
            problems.add(context, "%s has the dimensions %s, found %s", kind, expected, found);
    }

    private void checkResult(ParamContext context, Param result) {
        if (params.containsKey(result.name())) problems.add(context.name(0), "the result is named like a parameter");
        if (result.kind() != Kind.F32 && result.kind() != Kind.I32)
            problems.add(context.name(1), "a result is f32 or i32, not %s", result.kind());
        else if (!result.dims().equals(List.of("n", "m")))
            problems.add(context, "a result has the dimensions [n, m], found %s", result.dims());
    }

    private void readIndices(ElementContext element, Param result) {
        if (!element.name(0).getText().equals(result.name()))
            problems.add(element.name(0), "the result is named '%s', not '%s'", result.name(), element.name(0).getText());
        List<NameContext> names = element.name().subList(1, element.name().size());
        if (names.size() != result.dims().size())
            problems.add(element, "'%s' has %d dimensions, found %d indices", result.name(), result.dims().size(), names.size());
        for (int i = 0; i < Math.min(names.size(), result.dims().size()); i++)
            if (indices.put(names.get(i).getText(), result.dims().get(i)) != null)
                problems.add(names.get(i), "index '%s' stands twice", names.get(i).getText());
    }

    private Formula count(ParserRuleContext at, Formula formula) {
        if (++nodes > MAX_NODES && !tooLong) {
            tooLong = true;
            problems.add(at, "a formula of more than %d parts", MAX_NODES);
        }
        return tooLong ? WRONG : formula;
    }

    @Override
    public Formula visitFormula(FormulaContext context) {
        List<ProductContext> products = context.product();
        List<SignContext> signs = context.sign();
        Formula sum = visit(products.getFirst());
        for (int i = 1; i < products.size() && !tooLong; i++) {
            Function function = signs.get(i - 1).getText().equals("+") ? Function.ADD : Function.SUBTRACT;
            sum = count(context, new Formula.Apply(function, List.of(sum, visit(products.get(i)))));
        }
        return sum;
    }

    @Override
    public Formula visitProduct(ProductContext context) {
        List<FactorContext> factors = context.factor();
        Formula product = visit(factors.getFirst());
        for (int i = 1; i < factors.size() && !tooLong; i++)
            product = count(context, new Formula.Apply(Function.MULTIPLY, List.of(product, visit(factors.get(i)))));
        return product;
    }

    @Override
    public Formula visitGroup(GroupContext context) {
        return visit(context.formula());
    }

    @Override
    public Formula visitNumber(NumberContext context) {
        usesFloat = true;
        float value = Float.parseFloat(context.getText());
        if (Float.isInfinite(value)) problems.add(context, "%s does not fit f32", context.getText());
        return count(context, new Formula.Number(value));
    }

    @Override
    public Formula visitCall(CallContext context) {
        String name = context.name().getText();
        Function function = named(name);
        if (function == null) {
            problems.add(context.name(), "unknown function '%s'; there are sum, min, max, relu, square and silu", name);
            return WRONG;
        }
        int expected = arity(function);
        if (context.formula().size() != expected) {
            problems.add(context, "%s takes %d, found %d", name, expected, context.formula().size());
            return WRONG;
        }
        if (function == Function.SILU) usesFloat = true;
        var arguments = new ArrayList<Formula>();
        for (FormulaContext argument : context.formula()) arguments.add(visit(argument));
        return count(context, new Formula.Apply(function, arguments));
    }

    private static @Nullable Function named(String name) {
        return switch (name) {
            case "min", "max", "relu", "square", "silu" -> Function.valueOf(name.toUpperCase(Locale.ROOT));
            default -> null;
        };
    }

    private static int arity(Function function) {
        return switch (function) {
            case ADD, SUBTRACT, MULTIPLY, MIN, MAX -> 2;
            case RELU, SQUARE, SILU -> 1;
        };
    }

    @Override
    public Formula visitAt(AtContext context) {
        ElementContext element = context.element();
        Param param = param(element);
        if (param == null) return WRONG;
        if (param.kind() == Kind.I8 || param.kind() == Kind.WEIGHT) {
            problems.add(element, "'%s' is %s and stands only in a sum over k", param.name(), param.kind());
            return WRONG;
        }
        if (param.kind().isFloat()) usesFloat = true;
        var names = new ArrayList<String>();
        for (int i = 0; i < param.dims().size(); i++) {
            NameContext index = element.name(i + 1);
            expectIndex(index, param, param.dims().get(i));
            names.add(index.getText());
        }
        return count(context, new Formula.At(param.name(), names));
    }

    /// The element's parameter if it is known and has as many dimensions as the element has indices.
    private @Nullable Param param(ElementContext element) {
        String name = element.name(0).getText();
        Param param = params.get(name);
        if (param == null) {
            problems.add(element.name(0), "unknown parameter '%s'; there are %s", name, String.join(", ", params.keySet()));
            return null;
        }
        int found = element.name().size() - 1;
        if (found == param.dims().size()) return param;
        problems.add(element, "'%s' has %d dimensions, found %d indices", name, param.dims().size(), found);
        return null;
    }

    private void expectIndex(NameContext index, Param param, String dim) {
        if (KernelDef.groupOf(dim) > 0) {
            if (!index.getText().equals(group)) problems.add(index, "'%s' has the dimension %s here, which a sum over groups runs over", param.name(), dim);
            return;
        }
        String found = indices.get(index.getText());
        if (found == null)
            problems.add(index, "unknown index '%s'; the result has %s", index.getText(), String.join(", ", indices.keySet()));
        else if (!found.equals(dim))
            problems.add(index, "'%s' runs over %s, '%s' has dimension %s here", index.getText(), found, param.name(), dim);
    }

    @Override
    public Formula visitDot(DotContext context) {
        if (!context.name(0).getText().equals("sum")) {
            problems.add(context.name(0), "unknown reduction '%s'; there is sum", context.name(0).getText());
            return WRONG;
        }
        String inner = context.name(1).getText();
        if (indices.containsKey(inner)) problems.add(context.name(1), "'%s' is an index of the result already", inner);
        Param x = operand(context.element(0), inner), w = operand(context.element(1), inner);
        if (x == null || w == null) return WRONG;
        groups.add(0);
        if (x.kind() == Kind.WEIGHT && w.kind() == Kind.I8) return count(context, new Formula.Dot(w.name(), x.name()));
        if (x.kind() == Kind.I8 && w.kind() == Kind.WEIGHT) return count(context, new Formula.Dot(x.name(), w.name()));
        problems.add(context, "a sum multiplies one i8 with one weight, found %s and %s", x.kind(), w.kind());
        return WRONG;
    }

    /// `sum(g: sum(k: x[i, k] * w[j, k]) * sw[g, j] * sx[i])`
    @Override
    public Formula visitGroups(GroupsContext context) {
        String index = context.name(1).getText();
        if (!context.name(0).getText().equals("sum")) problems.add(context.name(0), "unknown reduction '%s'; there is sum", context.name(0).getText());
        if (indices.containsKey(index)) problems.add(context.name(1), "'%s' is an index of the result already", index);
        if (!(context.factor(0) instanceof DotContext inner)) {
            problems.add(context.factor(0), "a sum over groups is of a sum over k, times scales");
            return WRONG;
        }
        group = index;
        boolean bare = groups.contains(0);
        Formula dot = visit(inner);
        if (!bare) groups.remove(0);
        var scales = new ArrayList<Formula.At>();
        boolean sound = true;
        for (FactorContext factor : context.factor().subList(1, context.factor().size())) {
            Formula scale = factor instanceof AtContext at ? visit(at) : WRONG;
            Param param = scale instanceof Formula.At at ? params.get(at.param()) : null;
            if (scale instanceof Formula.At at && param != null && param.kind().isFloat()) scales.add(at);
            else {
                problems.add(factor, "a scale is a parameter of floats");
                sound = false;
            }
        }
        group = null;
        if (!(dot instanceof Formula.Dot sum) || !sound) return WRONG;
        var formula = new Formula.Groups(sum, scales);
        int size = new KernelDef("", "", 0, List.copyOf(params.values()), new Param("", Kind.F32, List.of()), formula).group();
        if (size == 0) problems.add(context, "no scale has a dimension of groups, k/64 for example");
        groups.add(size);
        return count(context, formula);
    }

    private @Nullable Param operand(ElementContext element, String inner) {
        Param param = param(element);
        if (param == null) return null;
        for (int i = 0; i < param.dims().size(); i++) {
            NameContext index = element.name(i + 1);
            if (!param.dims().get(i).equals("k")) expectIndex(index, param, param.dims().get(i));
            else if (!index.getText().equals(inner))
                problems.add(index, "'%s' has dimension k here, which is '%s', not '%s'", param.name(), inner, index.getText());
        }
        return param;
    }
}
