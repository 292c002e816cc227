/// Loop IR to bytecode of the Vector API.
///
/// ```
/// Program -> JvmEmitter -> ClassEmitter -> Methods -> Statements -> Vectors, Integers, Masks, ... -> Code -> ASM
///                                       one method      loops           expressions             instructions
/// ```
///
/// [tern.codegen.jvm.emit.Emission] is one method being written. A vector wider than the machine's becomes several
/// ([tern.codegen.jvm.emit.Shape]). [tern.codegen.jvm.emit.Remarks] tells names and statements to whoever reads the instructions as source.
/// The class that comes out is defined by [tern.codegen.jvm.Linker].
///
/// Begin with [tern.codegen.jvm.emit.JvmEmitter].
@NullMarked
package tern.codegen.jvm.emit;

import org.jspecify.annotations.NullMarked;
