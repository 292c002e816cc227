/// Instructions of any machine: an [tern.codegen.machine.code.Opcode] on operands, which are virtual registers, places in memory or numbers.
///
/// What machines have in common ends here: [tern.codegen.machine.x86] and [tern.codegen.machine.arm64] add names, encodings and text.
@NullMarked
package tern.codegen.machine.code;

import org.jspecify.annotations.NullMarked;
