/// What a transformer does besides products with packed weights, written by hand with the Vector API.
///
/// ```
/// Embed  Norm  NormQuantise  Quantise  RopeAppend  Attention  Head  TopLogits   [tern.ir.Op]
/// ```
///
/// Sums are taken in the order that [tern.ir.Op] fixes, whatever the vector width and the number of threads: the bits are those of
/// [tern.ir.reference].
///
/// [tern.codegen.jvm.ops.NativeOps] is the door.
@NullMarked
package tern.codegen.jvm.ops;

import org.jspecify.annotations.NullMarked;
