package tern.ir.device;

/// Launches that run one after the other, each seeing what the ones before it wrote; prepared once, run for every token
/// without garbage. CPU: one entry of the thread team with barriers between; GPU: a graph.
public interface Sequence {

    /// @param n        tokens
    /// @param position tokens before them; where each belongs to a sequence of its own, see [tern.ir.Op.RaggedBatch], before that of the longest
    void run(int n, int position);
}
