/// Predicted times: bytes and instructions of a geometry against the numbers of a [tern.ir.target.Target].
///
/// ```
/// vector.Geometry       -> Work -> CostModel
/// matrix.MatrixGeometry -> MatrixCost
/// warp.WarpGeometry     -> WarpCost, WarpgroupCost
/// ```
///
/// The models rank; their seconds are bounds that kernels approach from above. Begin with [tern.scheduler.cost.CostModel].
@NullMarked
package tern.scheduler.cost;

import org.jspecify.annotations.NullMarked;
