package tern.ir.tensor;

import static java.util.Locale.ROOT;

import java.util.List;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// What a region does, in order.
public sealed interface Statement {

    /// Names a scalar i32.
    record Let(Var var, Expr value) implements Statement {}

    /// Gives values to elements.
    ///
    /// @param indices each combination of which is one assignment
    /// @param targets [Formula.Element]s
    /// @param values  of the targets, all computed before one is stored
    record Define(List<Index> indices, List<Formula.Element> targets, List<Formula> values) implements Statement {
        public Define {
            indices = List.copyOf(indices);
            targets = List.copyOf(targets);
            values = List.copyOf(values);
            if (targets.isEmpty() || targets.size() != values.size())
                throw new IllegalArgumentException(String.format(ROOT, "%d values for %d elements", values.size(), targets.size()));
        }
    }
}
