/// `tern bench` and `tern peers`: speed, memory and energy of a model, compared with another program's.
///
/// Begin with [tern.runtime.cli.bench.BenchCommand].
@NullMarked
package tern.runtime.cli.bench;

import org.jspecify.annotations.NullMarked;
