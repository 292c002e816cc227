/// What a transformer does besides products with packed weights: norm, rotation, attention, head, pick.
///
/// [tern.codegen.jvm.ops.NativeOps] is the door.
@NullMarked
package tern.codegen.jvm.ops;

import org.jspecify.annotations.NullMarked;
