/// A card as a [tern.ir.device.Device]: programs become PTX and run on a [tern.codegen.cuda.Gpu], be it a driver's or a simulated one.
///
/// A [tern.ir.device.Sequence] is a CUDA graph. Kernels find the position of their tokens in the card's memory, so that a graph is made once and then launched
/// for every token; only where a grid depends on the position is it renewed.
///
/// Where programs know how to wait, each launch begins while those before it still run (programmatic dependent launch). For one token,
/// programs of one block that follow each other are one launch.
///
/// Begin with [tern.codegen.cuda.device.GpuDevice].
@NullMarked
package tern.codegen.cuda.device;

import org.jspecify.annotations.NullMarked;
