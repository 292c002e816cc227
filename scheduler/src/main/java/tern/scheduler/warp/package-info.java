/// Lowering to warps of a GPU: each lane unpacks chunks of packed weights and adds dot products of four bytes, or warps multiply by the
/// tensor cores, with activations where they lie or in shared memory.
///
/// ```
/// Packing, bytes -> ChunkView -> WarpGeometry -> WarpPrepare    activations in the order of the lanes
///                                             -> WarpMultiply   a WarpUnit's Steps, then its Sums
/// ```
///
/// Begin with [tern.scheduler.warp.WarpGeometry].
@NullMarked
package tern.scheduler.warp;

import org.jspecify.annotations.NullMarked;
