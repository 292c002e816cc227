/// The back end that defines what programs mean: [tern.ir.reference.ReferenceDevice] interprets Loop IR lane by lane, and
/// computes each [tern.ir.Op] as plainly as its formula is written. Slow, checked at every access, and right.
@NullMarked
package tern.ir.reference;

import org.jspecify.annotations.NullMarked;
