/// From logits to a token.
///
/// ```
/// logits -> top-k -> softmax at the temperature -> top-p -> draw
/// ```
///
/// Begin with [tern.runtime.sample.Sampler].
package tern.runtime.sample;
