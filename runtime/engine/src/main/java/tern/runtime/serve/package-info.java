/// Many texts of one model at the same time: sequences join and leave at every pass over the weights.
///
/// ```
/// Request -> Batcher: queue -> Seat in a slot of the Slots (prefixes that are known already) -> Pass: rows of all seats
///         -> tern.runtime.model.BatchedDecoder -> pick -> Generation: tokens as they come
/// ```
///
/// A text gets the same tokens as alone, since every row of a pass has the bits that it has alone. Begin with [tern.runtime.serve.Batcher].
@NullMarked
package tern.runtime.serve;

import org.jspecify.annotations.NullMarked;
