/// Java source for kernels that are exported.
///
/// There is no second code generator. The emitter in [tern.codegen.jvm.emit] writes instructions to any ASM visitor; one visitor encodes them as a
/// class file, and the one here reads them as Java. So every decision is made once: how a vector is split into registers, what a mask is,
/// how an address is computed, what HotSpot needs to see.
///
/// ```
/// Loop IR -> Statements, Vectors, .. -> instructions  -> ClassWriter -> class file
///                                          + Remarks  -> JavaClass   -> JavaPoet -> source
/// ```
///
/// An operand stack of instructions becomes expressions ([tern.codegen.jvm.source.Term]), stores become statements, jumps become branches and
/// loops ([tern.codegen.jvm.source.Flow]). Names, and the statement of Loop IR that some instructions carry out, are no part of the
/// instructions: the emitter tells them ([tern.codegen.jvm.emit.Remarks]).
///
/// What surrounds a kernel is source in either form, from templates in this package's resources: the public methods
/// ([tern.codegen.jvm.source.FaceSource]), the packer ([tern.codegen.jvm.source.WeightsSource]), an example that checks it, a benchmark.
///
/// Begin with [tern.codegen.jvm.source.JavaClass].
@NullMarked
package tern.codegen.jvm.source;

import org.jspecify.annotations.NullMarked;
