/// What the lowered programs of every unit share: names, parameters as buffers, the kernel's formula over sums.
///
/// Begin with [tern.scheduler.program.RowFormula].
@NullMarked
package tern.scheduler.program;

import org.jspecify.annotations.NullMarked;
