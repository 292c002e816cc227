package tern.runtime.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.runtime.Quote;

/// A tensor of a GGUF file.
///
/// @param file   in which it lies, one of several shards perhaps
/// @param name   e.g. `blk.0.attn_q.weight`
/// @param ne     elements per dimension, `ne[0]` = k fastest
/// @param type   how they are stored
/// @param offset byte of the file at which the data begins
/// @param data   the data, read-only; its tail included, padding to the alignment not
public record Tensor(String file, String name, List<Long> ne, TensorType type, long offset, MemorySegment data) {

    public Tensor {
        ne = List.copyOf(ne);
    }

    /// Columns: the elements that lie together, `ne[0]`.
    public long k() {
        return ne.getFirst();
    }

    /// Rows: the product of all dimensions but the first.
    public long m() {
        return ne.stream().skip(1).reduce(1L, (a, b) -> a * b); // the parser has seen that it fits
    }

    /// Size of [#data()].
    public long bytes() {
        return data.byteSize();
    }

    @Override
    public String toString() {
        return "%s %s%s".formatted(Quote.of(name), type, ne);
    }
}
