/// The CPU back end: loop IR to Vector API bytecode, run by a team of threads. It obeys the loops and chooses nothing.
///
/// ```
/// tern.codegen.jvm.device   the processor as a device           emit     a program to class files
///                  probe    what processor it is                 export   kernels that need no Tern
///                  ops      operations written by hand           source   instructions read as Java
///                  team     threads that share out a launch
/// ```
///
/// This package links: it turns the emitter's class files into hidden classes ([tern.codegen.jvm.Linker]), and sees neither emitter nor device.
/// Generated classes lie here.
///
/// A vector wider than the machine's becomes several: the same program runs on 128, 256 and 512 bits. Each outlined loop body is a
/// method of its own, below the 8,000 bytes that HotSpot compiles. HotSpot's quick compiler gives up on them, so it is kept away
/// ([tern.codegen.jvm.C1]).
///
/// Begin with [tern.codegen.jvm.device.CpuDevice].
@NullMarked
package tern.codegen.jvm;

import org.jspecify.annotations.NullMarked;
