package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import tern.ir.Element;

/// A model as its file has it: configuration, floats, ternary weights. [GgufModel] is one.
public interface ModelSource {

    ModelConfig config();

    /// Changes whenever the content may have changed: the identity of packed copies.
    String digest();

    /// Element of [#embedding()]: F32, F16 or BF16.
    Element embeddingElement();

    /// `[vocabulary, hidden]`, also the head.
    MemorySegment embedding();

    /// A norm's weights, f32.
    ///
    /// @param name   e.g. `blk.0.attn_norm.weight`
    /// @param length expected
    MemorySegment norm(String name, int length);

    /// A projection's weights.
    ///
    /// @param name e.g. `blk.0.attn_q.weight`
    /// @param m,k  expected
    Linear linear(String name, int m, int k);
}
