/// The processor as a [tern.ir.device.Device]: memory, kernels, launches on a team of threads, sequences, warm-up.
///
/// ```
/// Op -> OpLowering -> Program -> JvmEmitter -> Linker             \
///                                MachineEmitter -> MachineBody   /  ProgramKernel, OpKernel, launched on a Team, alone or as a CpuSequence
/// ```
///
/// Kernels of machine code that follow each other are [tern.codegen.jvm.device.MachineSteps]: a worker runs them in one call, so that a token is one.
///
/// [tern.codegen.jvm.device.VectorCheck] tells whether a kernel really runs on vector registers.
///
/// Begin with [tern.codegen.jvm.device.CpuDevice].
@NullMarked
package tern.codegen.jvm.device;

import org.jspecify.annotations.NullMarked;
