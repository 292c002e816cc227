/// Kernels that leave Tern as native code: assembler text or an ELF object, with a C header, the packer as C, a test program and a README.
///
///     ObjectExporter().export(kernel, settings)      NAME/NAME.o, NAME.h, NAME.c, NAME_test.c, README.md
///
/// Both forms have the same bytes. Begin with [tern.codegen.machine.export.NativeExport].
@NullMarked
package tern.codegen.machine.export;

import org.jspecify.annotations.NullMarked;
