/// A card that is a program: PTX text is parsed, decoded once and run as the PTX ISA says, warp by warp, and what a kernel
/// must not do is a [Fault] that names the line, the block and the thread.
///
/// ```
/// text -> Lexer -> Parser -> Kernel (statements) -> Decoder -> Action[] -> Warp, Block, Grid
/// ```
///
///     Gpu gpu = new Simulator(Targets.H200);
///     Gpu.Function f = gpu.load(ptx).function("gemv");      // from here on as on a card
///
/// It is written from the PTX ISA, not from what our emitter emits. Where the ISA leaves a result open within a bound
/// (`ex2.approx`), the result is computed in double precision and rounded once. What it finds:
///
/// - a register or a byte of memory that is read before it was written
/// - an address outside every allocation, or one that its access is not aligned to
/// - two threads at one byte of shared memory, one of them writing, with no barrier between them
/// - `.aligned` instructions in a warp that has diverged; barriers and shuffles that wait for threads that never come
/// - an asynchronous copy that is read before it is waited for, an asynchronous product likewise, a proxy fence that is missing
/// - what the launch before wrote, read by one that overlaps it before its `griddepcontrol.wait`
///
/// Registers are slots of 32 lanes in one `long[]`; every operand, constants and special registers too, is a slot. A value is
/// kept zero-extended from its type's width; floats are kept as their bits. The commonest instructions are loops over the lanes
/// ([Elementwise]), the others functions of one lane ([Lanes]).
///
/// Begin with [tern.codegen.cuda.simulate.Simulator].
@NullMarked
package tern.codegen.cuda.simulate;

import org.jspecify.annotations.NullMarked;
