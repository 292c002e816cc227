/// A card as a [tern.ir.device.Device]: programs become PTX and run on a [tern.codegen.cuda.Gpu], be it a driver's or a simulated one.
///
/// Begin with [tern.codegen.cuda.device.GpuDevice].
@NullMarked
package tern.codegen.cuda.device;

import org.jspecify.annotations.NullMarked;
