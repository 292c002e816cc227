/// Lowering to a processor's unit for products of matrices: codes become bytes once for many tokens.
///
/// Begin with [tern.scheduler.matrix.MatrixGeometry].
@NullMarked
package tern.scheduler.matrix;

import org.jspecify.annotations.NullMarked;
