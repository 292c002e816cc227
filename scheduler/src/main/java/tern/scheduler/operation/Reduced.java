package tern.scheduler.operation;

import org.jspecify.annotations.Nullable;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Statement.Define;

/// A statement's reduction, and the formula around it.
///
/// @param around with the result in the reduction's place
record Reduced(Formula.Reduction reduction, Formula around) {

    static @Nullable Reduced of(Define define, Formula result) {
        Formula.Reduction[] found = {null};
        Formula value = define.values().getFirst();
        Formula around = value.replace(part -> {
            if (!(part instanceof Formula.Reduction reduction)) return null;
            if (found[0] != null && !found[0].equals(reduction)) throw new IllegalArgumentException("two reductions in one formula");
            found[0] = reduction;
            return result;
        });
        if (found[0] == null) return null;
        if (define.values().size() > 1) throw new IllegalArgumentException("a reduction among several values");
        return new Reduced(found[0], around);
    }
}
