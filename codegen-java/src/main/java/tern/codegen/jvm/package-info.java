/// The CPU back end: loop IR to Vector API bytecode, run by a team of threads. It obeys the loops and chooses nothing.
///
/// ```
/// Program -> JvmEmitter -> class bytes -> hidden class -> ProgramKernel  \
/// Op      -> NativeOps  (tern.codegen.jvm.ops, by hand) -> OpKernel      /  launched on a Team, alone or as a CpuSequence
///
/// LoweredKernel -> StandaloneExport: Java source of what surrounds the kernel (tern.codegen.jvm.source), and
///               -> StandaloneEmitter -> class file (ClassExporter) or Java source as well (JavaExporter)
/// ```
///
/// A vector wider than the machine's becomes several: the same program runs on 128, 256 and 512 bits. Each outlined loop body is a
/// method of its own, below the 8,000 bytes that HotSpot compiles. HotSpot's quick compiler gives up on them, so
/// the device keeps it away (class C1). [tern.codegen.jvm.VectorCheck] tells whether a kernel really runs on vector registers.
///
/// Products of tiles, which the Vector API lacks, are machine code of our own ([tern.codegen.jvm.amx.MatrixUnit]), where the processor has
/// a unit for them.
///
/// A kernel that is exported is emitted by the same code, for a public class that needs the JDK alone: its constants are its own, it checks
/// the sizes of what it is handed, and instead of a team any threads take ranges of its blocks.
///
/// Begin with [tern.codegen.jvm.CpuDevice].
@NullMarked
package tern.codegen.jvm;

import org.jspecify.annotations.NullMarked;
