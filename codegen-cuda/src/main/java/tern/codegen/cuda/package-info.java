/// The NVIDIA back end. [Gpu] is what PTX text runs on; there are two of them:
///
/// ```
/// tern.codegen.cuda.driver     a card, through the CUDA driver by FFM
/// tern.codegen.cuda.simulate   an interpreter of PTX that finds faults, in a module of its own
/// ```
///
/// What both share lies here, and this package sees neither of them.
///
///     Gpu.Function add = gpu.load(ptx).function("add");
///     long x = gpu.allocate(4 * n);
///     gpu.write(x, segment);
///     try (Gpu.Stream stream = gpu.stream()) {
///         stream.give(new Gpu.Launch(add, Extent.of(blocks), Extent.of(256), 0, List.of(Argument.of(x), Argument.of(n))));
///         stream.await();
///     }
///
/// `codegen-cuda/gpu-check` checks and measures all of it on a card, in one command; see MEASURED.md next to it.
///
/// Like every back end it obeys the loops and chooses nothing.
@NullMarked
package tern.codegen.cuda;

import org.jspecify.annotations.NullMarked;
