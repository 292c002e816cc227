/// Instructions of AArch64 as records, and their bytes.
///
/// An [tern.codegen.machine.arm64.Opcode] is a word of 32 bits with fields, named by letters in the list of its operands. The
/// [tern.codegen.machine.arm64.Encoder] fills them in, [tern.codegen.machine.arm64.Text] writes them as GNU as reads them.
///
/// Source: Arm Architecture Reference Manual for A-profile architecture (DDI 0487), chapters C6 and C7.
@NullMarked
package tern.codegen.machine.arm64;

import org.jspecify.annotations.NullMarked;
