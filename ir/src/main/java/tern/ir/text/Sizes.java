package tern.ir.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;
import tern.ir.text.grammar.TernParser.PackingContext;
import tern.ir.text.grammar.TernParser.ParameterContext;
import tern.ir.text.grammar.TernParser.SizeContext;

/// The numbers of one instance of a packing: as written, or what its parameters stand for.
///
/// @param values of the packing's parameters, in their order
record Sizes(Map<String, Integer> values, Diagnostics problems) {

    /// Instances of one packing, at most.
    private static final int MAX_INSTANCES = 64;

    /// One for each combination of values; a single one for a packing without parameters.
    static List<Sizes> instances(PackingContext context, Diagnostics problems) {
        List<Map<String, Integer>> all = List.of(Map.of());
        for (ParameterContext parameter : context.parameter()) {
            String name = parameter.ID().getText();
            if (all.getFirst().containsKey(name)) problems.add(parameter, "a second parameter %s", name);
            if ((long) all.size() * parameter.INT().size() > MAX_INSTANCES) {
                problems.add(parameter, "more than %d instances of one packing", MAX_INSTANCES);
                return List.of();
            }
            var next = new ArrayList<Map<String, Integer>>();
            for (Map<String, Integer> before : all)
                for (TerminalNode value : parameter.INT()) {
                    var with = new LinkedHashMap<>(before);
                    with.put(name, Numbers.positive(value.getSymbol(), problems));
                    next.add(with);
                }
            all = next;
        }
        return all.stream().map(values -> new Sizes(values, problems)).toList();
    }

    /// Of the instance: `quads` with R = 8 and K = 16 is `quads8x16`.
    String name(PackingContext context) {
        return context.name().getText() + String.join("x", values.values().stream().map(String::valueOf).toList());
    }

    /// The number, or 1 after reporting that it is none.
    int of(SizeContext size) {
        if (size.ID() == null) return Numbers.of(size.INT().getSymbol(), problems);
        return of(size.ID().getSymbol());
    }

    /// What a parameter stands for, or 1 after reporting that there is none of this name.
    int of(Token name) {
        Integer value = values.get(name.getText());
        if (value != null) return value;
        problems.add(name, values.isEmpty() ? "'%s' is no number, and this packing has no parameters" : "'%s' is no number; the parameters are %s",
                name.getText(), String.join(", ", values.keySet()));
        return 1;
    }

    /// The number, or 1 after reporting that it is none or zero.
    int positive(SizeContext size) {
        return size.ID() == null ? Numbers.positive(size.INT().getSymbol(), problems) : of(size);
    }
}
