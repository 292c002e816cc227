/// A packing as lanes see it, whatever the sizes of the matrix, found by enumeration: no format is known by its name.
///
/// ```
/// Packing, lanes -> TileCover    vectors of codes that one load brings
/// CodeVector     -> WordCodes    codes out of their words
/// CodeBook       -> DigitDecoder digits out of a code
/// ```
///
/// Begin with [tern.scheduler.packing.TileCover#of].
@NullMarked
package tern.scheduler.packing;

import org.jspecify.annotations.NullMarked;
