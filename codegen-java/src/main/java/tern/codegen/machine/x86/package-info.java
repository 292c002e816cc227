/// Instructions of x86-64 as records, and their bytes.
///
/// An [tern.codegen.machine.x86.Opcode] says how an instruction is written, what it does to its operands, and, of a vector instruction, what it
/// means in Loop IR: selection is a look-up among the meanings, and a test holds each instruction against the interpreter. Operands are
/// registers by number, be they virtual or the machine's; the [tern.codegen.machine.x86.Encoder] is told which is which.
///
/// Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
@NullMarked
package tern.codegen.machine.x86;

import org.jspecify.annotations.NullMarked;
