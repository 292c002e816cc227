/// Lowering to vectors of a core: a code becomes digits that are multiplied, or an index into a table of partial sums.
///
/// ```
/// Packing, strategy, lanes -> PackingView -> Geometry -> PrepareLowering    activations in the order of use, or tables
///                                                     -> MultiplyLowering   sums by a TileLoop, results by an Epilogue
/// ```
///
/// Begin with [tern.scheduler.vector.Geometry].
@NullMarked
package tern.scheduler.vector;

import org.jspecify.annotations.NullMarked;
