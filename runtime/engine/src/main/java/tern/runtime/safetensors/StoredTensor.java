package tern.runtime.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.runtime.Quote;

/// A tensor of a safetensors file.
///
/// @param file   that holds it
/// @param name   e.g. `model.layers.0.self_attn.q_proj.weight`
/// @param shape  elements per dimension, the last one fastest; empty for a single number
/// @param offset byte of the file at which the data begins
/// @param data   the data, read-only, at any address
public record StoredTensor(String file, String name, Dtype dtype, List<Long> shape, long offset, MemorySegment data) {

    public StoredTensor {
        shape = List.copyOf(shape);
    }

    /// Elements.
    public long count() {
        return data.byteSize() / dtype.bytes();
    }

    @Override
    public String toString() {
        return "%s %s%s".formatted(Quote.of(name), dtype, shape);
    }
}
