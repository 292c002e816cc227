/// The parts of a transformer that are no product with packed weights, as texts of Loop IR: [tern.codegen.cuda.ops.OpPrograms]. Each lets the
/// launches behind it begin at once, and waits for those before it.
///
/// They give the bits that [tern.ir.Op] fixes. What it sums in 16 lanes is summed in 16 lanes: where many sums are wanted at once, each
/// thread has 16 accumulators of its own.
@NullMarked
package tern.codegen.cuda.ops;

import org.jspecify.annotations.NullMarked;
