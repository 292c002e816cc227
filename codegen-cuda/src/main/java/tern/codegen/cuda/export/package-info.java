/// Kernels that leave Tern as PTX text: for a program of one's own that calls the CUDA driver.
///
///     PtxExporter().export(kernel, settings)      NAME.prepare.ptx, NAME.multiply.ptx, NAME.tir
///
/// Each text begins with a comment that says how to launch it. Begin with [tern.codegen.cuda.export.PtxExporter].
@NullMarked
package tern.codegen.cuda.export;

import org.jspecify.annotations.NullMarked;
