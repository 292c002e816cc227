package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Statement.Define;

/// A statement's reduction, and the formula around it.
///
/// @param around with another formula in the reduction's place
record Reduced(Formula.Reduction reduction, Formula around) {

    static @Nullable Reduced of(Define define, Formula result) {
        List<Formula.Reduction> found = new ArrayList<>();
        Formula value = define.values().getFirst();
        Formula around = value.replace(part -> {
            if (!(part instanceof Formula.Reduction reduction)) return null;
            if (!found.isEmpty() && !found.contains(reduction)) throw new IllegalArgumentException("two reductions in one formula");
            found.add(reduction);
            return result;
        });
        if (found.isEmpty()) return null;
        if (define.values().size() > 1) throw new IllegalArgumentException("a reduction among several values");
        return new Reduced(found.getFirst(), around);
    }
}
