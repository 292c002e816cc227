/// A model over HTTP, in the forms of OpenAI, Anthropic and llama-server, with a page.
///
/// ```
/// request -> Access (key, host) -> Fields -> Asked -> Answers: texts of the tern.runtime.serve.Batcher -> JSON, or events as they come
/// ```
///
/// Begin with [tern.runtime.server.TernServer].
@NullMarked
package tern.runtime.server;

import org.jspecify.annotations.NullMarked;
