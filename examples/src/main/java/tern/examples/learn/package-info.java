/// A small model of 2B4T's architecture that learns to add, in plain Java: no framework, every gradient written by hand.
///
/// ```
/// question -> Pass.forward -> loss -> Pass.backward -> Adam -> master weights -> Rounding -> next question
///             (rounded weights and activations)                (f32)             (ternary)
/// ```
///
/// The master weights are f32. A pass uses them as the model file will hold them: -1, 0 or 1 times one scale a tensor, activations in 8
/// bits. Rounding has no useful gradient, so the gradient goes through it as if it were not there: the straight-through estimator
/// (Bengio, Leonard and Courville, 2013), with which BitNet b1.58 was trained.
///
/// All sums have an order fixed by the sizes, so the same seed gives the same file with any number of threads.
///
/// Begin with [tern.examples.learn.Trainer].
@NullMarked
package tern.examples.learn;

import org.jspecify.annotations.NullMarked;
