/// Relocatable objects of Linux, for any processor: what a processor calls itself and its relocations are numbers here.
///
/// Source: System V Application Binary Interface, chapters 4 and 5 (ELF-64, little endian).
@NullMarked
package tern.codegen.machine.elf;

import org.jspecify.annotations.NullMarked;
