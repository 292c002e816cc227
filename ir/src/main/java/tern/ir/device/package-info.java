/// All that anyone knows of a back end, and the door through which a runtime asks for the kernels of a model.
///
///     Kernel kernel = device.compile(program);
///     Buffer x = device.allocate(bytes), y = device.allocate(bytes);
///     x.write(0, segment);
///     kernel.launch(List.of(x, y), 1, 0);          // or many launches as one Sequence
///     y.read(0, segment);
///
/// Devices are found by [java.util.ServiceLoader] as [tern.ir.device.Device.Provider], never imported: `cpu` (tern.codegen.jvm),
/// `reference` (tern.ir.reference). [tern.ir.device.KernelLibrary] plans all products of a model; the scheduler implements it.
///
/// Code that leaves Tern goes through [tern.ir.device.Exporter], found in the same way: a [tern.ir.device.LoweredKernel] becomes
/// files that need nothing of Tern, for a machine that need not be here.
///
/// Begin with [tern.ir.device.Device].
@NullMarked
package tern.ir.device;

import org.jspecify.annotations.NullMarked;
