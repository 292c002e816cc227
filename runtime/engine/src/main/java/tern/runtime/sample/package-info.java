/// From logits to a token.
///
/// ```
/// logits -> allowed -> repetition penalty -> top-k -> softmax at the temperature -> top-p -> min-p -> draw
/// ```
///
/// Begin with [tern.runtime.sample.Sampler].
package tern.runtime.sample;
