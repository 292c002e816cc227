package tern.api;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.runtime.grammar.Grammar;
import tern.runtime.sample.Sampling;

/// How a text is generated.
///
/// @param most    tokens, at most; the context bounds them too
/// @param stops   texts that end it and are not part of it
/// @param grammar that the text has to keep to; null for none
public record Generate(int most, Sampling sampling, List<String> stops, @Nullable Grammar grammar) {

    /// At most 1024 tokens, the most likely ones.
    public static final Generate GREEDY = new Generate(1024, Sampling.GREEDY, List.of(), null);

    public Generate {
        if (most < 1) throw new IllegalArgumentException("tokens to generate must be positive: " + most);
        stops = List.copyOf(stops);
    }

    public Generate withMost(int tokens) {
        return new Generate(tokens, sampling, stops, grammar);
    }

    public Generate withSampling(Sampling other) {
        return new Generate(most, other, stops, grammar);
    }

    public Generate withStops(List<String> texts) {
        return new Generate(most, sampling, texts, grammar);
    }

    public Generate withGrammar(Grammar other) {
        return new Generate(most, sampling, stops, other);
    }
}
