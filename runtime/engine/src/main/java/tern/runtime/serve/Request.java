package tern.runtime.serve;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.runtime.generate.Generator;
import tern.runtime.sample.Sampling;

/// A text that shall be continued.
///
/// @param prompt       tokens, at least one
/// @param most         tokens that are generated at most
/// @param stops        tokens that end it
/// @param bias         added to the logits of some tokens before anything else
/// @param alternatives how many of the likeliest tokens are told along with each, with their probabilities; -1 = no probabilities at all
/// @param constraint   fresh, for this text alone; null if every token may follow
public record Request(
        int[] prompt,
        int most,
        Sampling sampling,
        Set<Integer> stops,
        Map<Integer, Float> bias,
        int alternatives,
        Generator.@Nullable Constraint constraint) {

    /// Without a constraint.
    public Request(int[] prompt, int most, Sampling sampling, Set<Integer> stops, Map<Integer, Float> bias, int alternatives) {
        this(prompt, most, sampling, stops, bias, alternatives, null);
    }

    public Request {
        if (prompt.length == 0) throw new IllegalArgumentException("the prompt is empty");
        if (most < 1) throw new IllegalArgumentException("tokens to generate must be positive: " + most);
        stops = Set.copyOf(stops);
        bias = Map.copyOf(bias);
    }

    /// The same, kept to a constraint.
    public Request within(Generator.Constraint fresh) {
        return new Request(prompt, most, sampling, stops, bias, alternatives, fresh);
    }

    /// Whether the likeliest token is all that has to be known.
    boolean isPlain() {
        return sampling.temperature() == 0 && sampling.penalty().isNone() && bias.isEmpty() && alternatives < 0 && constraint == null;
    }
}
