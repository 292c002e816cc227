/// Text or tokens, continued: a session of a model and a sampler, put together.
///
/// ```
/// Generator.feed(prompt) -> pick() -> next(token) -> pick() -> ...
/// ```
@NullMarked
package tern.runtime.generate;

import org.jspecify.annotations.NullMarked;
