package tern.runtime.model;

import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.device.KernelLibrary.Plan;

/// The bytes that a model takes, by arithmetic: nothing need be there yet.
///
/// @param weights packed, with their scales
/// @param int8Head  of the head
/// @param tables  embedding, and head if it is another
/// @param norms   of all layers
/// @param cache   keys and values of a session with the whole context
public record Footprint(long weights, long int8Head, long tables, long norms, long cache) {

    /// @param context positions of the cache
    /// @param batch   tokens of a batch launch, for which the plan was made
    /// @param cache   element of the cache
    /// @param table   element of embedding and head
    public static Footprint of(ModelConfig c, Plan plan, int batch, int context, Element cache, Element table) {
        long weights = PackedWeights.size(Projection.of(c, batch), plan, c.layers());
        return of(c, weights, context, cache, (c.block().tiedHead() ? 1L : 2L) * c.vocabulary() * c.hidden() * table.bytes());
    }

    /// @param weights packed, with their scales
    static Footprint of(ModelConfig c, long weights, int context, Element cache, long tables) {
        long norms = TensorNames.norms(c).stream().mapToLong(TensorNames.Shape::k).sum();
        return new Footprint(
                weights,
                new Int8Head(c.vocabulary(), c.hidden()).bytes(),
                tables,
                4 * norms,
                2L * c.layers() * c.kvHeads() * context * c.headDim() * cache.bytes());
    }

    public long total() {
        return weights + int8Head + tables + norms + cache;
    }
}
