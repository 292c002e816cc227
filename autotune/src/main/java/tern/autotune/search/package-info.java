/// The search: which candidates are tried, for how long, and which wins.
///
/// ```
/// Use -> Shortlist   all that applies, ranked by the cost model; what cannot win is pruned with the reason
///     -> TuningRound challengers against the champion, in rounds; slow ones end early, kinds that disappoint are left out
///     -> FinalRound  the best packings, steps and batches together, once more: one packing must serve both
///     -> records     each trial at once, each winner when it is found
/// all uses -> ThreadSweep, WholeModel: is it really faster?
/// ```
///
/// The rank is the cost model's, corrected by what a round shows of each kind. A model learned from the records was tried and left out: of 379
/// kernels of BitNet b1.58 2B4T, measured exhaustively on one core, ridge regression and boosted trees over twenty features, trained on three shapes
/// and asked about the fourth, ordered the slow kernels better and the fast ones no better. With four trials for each problem both ranks
/// lead to the fastest kernel or within 1 % of it.
///
/// Begin with [tern.autotune.search.Tuner].
@NullMarked
package tern.autotune.search;

import org.jspecify.annotations.NullMarked;
