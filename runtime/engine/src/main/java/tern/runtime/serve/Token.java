package tern.runtime.serve;

import java.util.List;

/// A generated token.
///
/// @param logprob      natural logarithm of its probability at temperature 1; NaN if none was asked for
/// @param alternatives the likeliest tokens there, falling; as many as were asked for
public record Token(int id, float logprob, List<Alternative> alternatives) {

    /// A token that might have been.
    public record Alternative(int id, float logprob) {}
}
