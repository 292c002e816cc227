/// The parts of a transformer that are no product with packed weights, as texts of Loop IR: [tern.codegen.cuda.ops.OpPrograms]. Each lets the
/// launches after it begin at once, and waits for those before it.
///
/// They give the bits that [tern.ir.Op] fixes; attention over a long context or of many tokens has another order of sums, and stays within a
/// bound instead, see [tern.codegen.cuda.ops.AttentionPrograms]. What it sums in 16 lanes is summed in 16 lanes: where many sums are wanted at once, each
/// thread has 16 accumulators of its own.
///
/// Many tokens have programs of their own: [tern.codegen.cuda.ops.MatrixAttention] for a prompt, [tern.codegen.cuda.ops.BatchedInt8Head] for the
/// heads of a batch; [tern.codegen.cuda.ops.RaggedBatchRewriter] makes of a program for one token one for a token of each of several sequences.
@NullMarked
package tern.codegen.cuda.ops;

import org.jspecify.annotations.NullMarked;
