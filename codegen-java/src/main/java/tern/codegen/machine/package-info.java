/// A second CPU back end: Loop IR to x86-64 machine code of our own. It obeys the program and knows no packing.
///
/// ```
/// Program -> Phases -> Selection (virtual registers) -> Allocation -> Assembly -> MachineCode -> ExecutableMemory
/// ```
///
/// A phase between two barriers is one function, `void phase(long *frame)`; the frame ([tern.codegen.machine.FrameLayout]) holds addresses, n,
/// position, and which part of how many of each loop on cores this call does. Threads and barriers stay in Java.
///
/// Vectors are computed a register at a time ([tern.codegen.machine.Values]); operations that AVX2 lacks are put together from others
/// ([tern.codegen.machine.Emulations], [tern.codegen.machine.Lookups], [tern.codegen.machine.Conversions]). Addresses are sums of multiples that
/// grow with the loops ([tern.codegen.machine.Addresses]). A multiplication and an addition are never made one.
///
/// Begin with [tern.codegen.machine.MachineEmitter].
@NullMarked
package tern.codegen.machine;

import org.jspecify.annotations.NullMarked;
