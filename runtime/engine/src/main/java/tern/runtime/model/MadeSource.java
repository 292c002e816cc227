package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import tern.ir.Packing;

/// A model that is in no file: its ternary weights come into being in packed form, so that a model may be nearly as large as the memory.
/// Copies of it are not kept.
public interface MadeSource extends ModelSource {

    /// Writes some weights; several threads may do so at once.
    ///
    /// @param name    e.g. `blk.0.attn_q.weight`; of several tensors that are packed as one matrix, the first
    /// @param m,k     of the matrix
    /// @param weights [Packing#bytes] long (out)
    void fill(String name, Packing packing, int m, int k, MemorySegment weights);

    /// What products with a tensor's weights are multiplied with.
    ///
    /// @param k inputs
    float scale(String name, int k);

    /// @throws UnsupportedOperationException always: there are no weights that are not packed
    @Override
    default Linear linear(String name, int m, int k) {
        throw new UnsupportedOperationException(name + " exists in packed form alone");
    }
}
