/// The search: which candidates are tried, for how long, and which wins.
///
/// ```
/// Use -> Shortlist   all that applies, ranked by the cost model; what cannot win is pruned with the reason
///     -> Race        challengers against the champion, in rounds; slow ones end early, kinds that disappoint are left out
///     -> Finals      the best packings, steps and batches together, once more: one packing must serve both
///     -> records     each trial at once, each winner when it is found
/// all uses -> ThreadSweep, WholeModel: is it really faster?
/// ```
///
/// Begin with [tern.autotune.search.Tuner].
@NullMarked
package tern.autotune.search;

import org.jspecify.annotations.NullMarked;
