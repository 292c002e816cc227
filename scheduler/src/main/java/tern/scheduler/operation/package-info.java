/// Tensor programs ([tern.ir.tensor]) to Loop IR for cores and vectors.
///
/// ```
/// Op -> Operations -> TensorProgram -> RegionLowering -> MapNest, LanesNest, ChainNest -> Program
/// ```
///
/// A region becomes a loop on cores over its indices, and each statement an outlined nest: elements next to each other in a vector
/// ([tern.scheduler.operation.MapNest]); sums in lanes and largest values with several results in registers, which share what they read
/// ([tern.scheduler.operation.LanesNest]); ordered sums with a vector of results, in blocks of terms
/// ([tern.scheduler.operation.ChainNest]). All values have [tern.ir.Op#LANES] lanes, which code generators cut into registers, so the order of
/// sums is that of the text whatever the machine.
///
/// Attention has schedules of its own where heads are whole vectors: `split` for few tokens, `tiles` for many
/// ([tern.scheduler.operation.BlockedAttention]). The largest logits have a program of their own, by way of an int8 copy of the table ([tern.scheduler.operation.Int8HeadProgram]).
///
/// Begin with [tern.scheduler.operation.OperationLowering].
@NullMarked
package tern.scheduler.operation;

import org.jspecify.annotations.NullMarked;
