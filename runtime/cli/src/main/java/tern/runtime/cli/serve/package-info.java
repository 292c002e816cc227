/// `tern serve`: a model over HTTP.
///
/// ```
/// ServeCommand: options -> Serving: model, batcher, tern.runtime.server.TernServer
/// ```
///
/// The server's classes are seen by [tern.runtime.cli.serve.Serving] alone, so that no other command loads them. Begin with
/// [tern.runtime.cli.serve.ServeCommand].
@NullMarked
package tern.runtime.cli.serve;

import org.jspecify.annotations.NullMarked;
