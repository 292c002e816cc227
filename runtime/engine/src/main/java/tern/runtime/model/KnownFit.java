package tern.runtime.model;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tern.ir.Packing;

/// Which packings hold a model's weights, found once for each: all weights are read for it. Any number of threads may ask.
public final class KnownFit {

    private final ModelSource model;
    private final Map<Packing, ModelFit> known = new ConcurrentHashMap<>();

    /// Reads nothing yet.
    public KnownFit(ModelSource model) {
        this.model = model;
    }

    /// How the weights fit.
    public ModelFit of(Packing packing) {
        return known.computeIfAbsent(packing, one -> ModelFit.of(one, model));
    }

    /// Whether all do.
    public boolean holds(Packing packing) {
        return of(packing).refused() == 0;
    }
}
