package tern.runtime.model;

import static java.util.Locale.ROOT;

import org.jspecify.annotations.Nullable;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.PackingFit;
import tern.runtime.model.TensorNames.Shape;

/// Whether a packing holds all ternary tensors of a model.
///
/// @param tensors of the model
/// @param refused of them, those with weights that do not fit
/// @param first   the name of the first of these, null if there is none
/// @param fit     of that tensor
public record ModelFit(int tensors, int refused, @Nullable String first, @Nullable PackingFit fit) {

    /// Reads every weight, unless the packing holds any.
    public static ModelFit of(Packing packing, ModelSource model) {
        int tensors = 0, refused = 0;
        String first = null;
        PackingFit found = null;
        for (Shape shape : TensorNames.projections(model.config())) {
            tensors++;
            Linear linear = model.linear(shape.name(), shape.m(), shape.k());
            if (packing.holdsAll(linear.weights())) continue;
            PackingFit fit = PackingFit.of(packing, shape.m(), shape.k(), linear.rows());
            model.forget(shape.name());
            if (fit.holds()) continue;
            refused++;
            if (first != null) continue;
            first = shape.name();
            found = fit;
        }
        return new ModelFit(tensors, refused, first, found);
    }

    /// Whether it holds them, found at the first tensor that it does not hold.
    public static boolean holds(Packing packing, ModelSource model) {
        if (packing.holdsAll(Interval.of(-1, 2))) return true;
        for (Shape shape : TensorNames.projections(model.config())) {
            Linear linear = model.linear(shape.name(), shape.m(), shape.k());
            if (!packing.holdsAll(linear.weights()) && !PackingFit.of(packing, shape.m(), shape.k(), linear.rows()).holds()) return false;
        }
        return true;
    }

    @Override
    public String toString() {
        if (refused == 0) return String.format(ROOT, "holds all %d tensors", tensors);
        return String.format(ROOT, "%d of %d tensors do not fit; %s: %s", refused, tensors, first, fit);
    }
}
