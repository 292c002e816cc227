/// What an operation of a transformer computes: tensors, formulas of their elements, reductions whose order is stated. No loops but those
/// that name the elements, no threads, no vectors, no scratch memory: those are the scheduler's (`tern.scheduler.operation`).
///
/// ```
/// norm(x: f32[n, 2560], weight: f32[2560], y: f32[n, 2560]) {
///   for i < n {
///     r = 1 / sqrt(lanes(k < 2560: x[i, k] * x[i, k]) / 2560 + 1e-5)
///     for k < 2560: y[i, k] = x[i, k] * r * weight[k]
///   }
/// }
/// ```
///
/// A **region** `for i < n, g < 5 { ... }` says what may be done in any order, by any core: its statements for one i and g see only what
/// parameters held before and what they have written themselves. Its statements follow one another.
///
/// - `let seen = min(position + i + 1, 4096)` names an integer: indices, extents, numbers read from tensors of i32.
/// - `for h < 4, p in first .. seen: e[h, p] = exp(s[h, p] - most[h])` gives a value to each of these elements. A tensor that is no parameter
///   lives as long as the region's indices stay. Several elements may be given at once, `a[j], a[j + 64] = ..., ...`: all
///   values are computed before one is stored.
/// - `lanes(k < w: a * b)` is the sum of [tern.ir.Op#LANES] partial sums, a product by fma; `chain(p < m: a * b)` the sum from first to
///   last, by fma; `most(p < m: a)` the largest. A formula has at most one.
///
/// All arithmetic is f32 and rounds once for each operation; elements of other types are converted when read and written: to bf16 to
/// nearest even, to integers by truncation.
///
/// Adding an operation: a text like those of [tern.ir.tensor.Operations], and a formula in [tern.ir.reference] to test it against.
///
/// Begin with [tern.ir.tensor.TensorProgram].
@NullMarked
package tern.ir.tensor;

import org.jspecify.annotations.NullMarked;
