/// How well a model predicts: numbers that other programs give too, by the same definitions, so that they can be compared.
///
/// ```
/// text -> tokens -> Session -> logits -> Likelihood -> Perplexity
/// ```
///
/// Begin with [tern.runtime.evaluate.Perplexity].
@NullMarked
package tern.runtime.evaluate;

import org.jspecify.annotations.NullMarked;
