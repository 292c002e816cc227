/// `tern gpu-check`: a card is checked against the reference, then measured.
///
/// Begin with [tern.runtime.cli.gpu.GpuCheckCommand].
@NullMarked
package tern.runtime.cli.gpu;

import org.jspecify.annotations.NullMarked;
