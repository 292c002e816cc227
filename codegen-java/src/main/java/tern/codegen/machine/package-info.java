/// A second CPU back end: Loop IR to machine code of our own, for x86-64 and AArch64. It obeys the program and knows no packing.
///
/// ```
/// Program -> Phases -> Selection (virtual registers) -> Allocation -> Assembly -> MachineCode -> ExecutableMemory
/// ```
///
/// A phase between two barriers is one function, `void phase(long *frame)`; the frame ([tern.codegen.machine.FrameLayout]) holds addresses, n,
/// position, and which part of how many of each loop on cores this call does. Threads and barriers stay in Java.
///
/// Statements, loops, addresses ([tern.codegen.machine.Addresses]: sums of multiples that grow with the loops) and the order in which values are computed are the
/// same for all processors. What differs implements three interfaces: [tern.codegen.machine.InstructionSet] (registers, functions, bytes, text),
/// [tern.codegen.machine.General] (numbers) and [tern.codegen.machine.Lanes] (vectors, a register at a time).
///
/// On x86-64 operations that AVX2 lacks are put together from others ([tern.codegen.machine.Avx2Emulations], [tern.codegen.machine.Avx2Lookups],
/// [tern.codegen.machine.Avx2Conversions]); with AVX-512 ([tern.codegen.machine.Avx512Lanes]) some are there. On AArch64 ([tern.codegen.machine.NeonLanes]) few are lacking. A multiplication and an addition are never made one.
///
/// Begin with [tern.codegen.machine.MachineEmitter].
@NullMarked
package tern.codegen.machine;

import org.jspecify.annotations.NullMarked;
