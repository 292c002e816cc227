/// The processor as a [tern.ir.device.Device]: memory, kernels, launches on a team of threads, sequences, warm-up.
///
/// ```
/// Op -> OpLowering -> Program -> JvmEmitter -> Linker             \
///                                MachineEmitter -> MachineBody   /  ProgramKernel, OpKernel, launched on a Team, alone or as a CpuSequence
/// ```
///
/// Kernels of machine code that follow each other are [tern.codegen.jvm.device.MachineSteps]: a worker runs them in one call, so that a token is one.
///
/// Machine code is kept on disk, see [tern.codegen.jvm.device.CodeStore]: products under their programs, operations under their sizes, so that these are not
/// even lowered again.
///
/// [tern.codegen.jvm.device.VectorCheck] tells whether a kernel really runs on vector registers.
///
/// Begin with [tern.codegen.jvm.device.CpuDevice].
@NullMarked
package tern.codegen.jvm.device;

import org.jspecify.annotations.NullMarked;
