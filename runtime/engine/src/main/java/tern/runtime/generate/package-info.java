/// Text or tokens, continued: a session of a model and a sampler, put together.
///
/// ```
/// Generator.feed(prompt) -> pick() -> take(token) -> pick() -> ...      token -> TextStream: whole characters up to a stop text
/// ```
///
/// A [tern.runtime.generate.Speculator] makes the same tokens of a greedy generator in fewer passes where a text repeats itself.
@NullMarked
package tern.runtime.generate;

import org.jspecify.annotations.NullMarked;
