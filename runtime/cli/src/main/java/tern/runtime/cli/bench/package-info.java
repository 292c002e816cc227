/// `tern bench` and `tern peers`: speed, memory and energy of a model, and another program's beside it.
///
/// Begin with [tern.runtime.cli.bench.BenchCommand].
@NullMarked
package tern.runtime.cli.bench;

import org.jspecify.annotations.NullMarked;
