package tern.runtime.serve;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tern.runtime.generate.Generator;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.TokenSet;

/// A text in its slot: what the model has taken up of it, and how its next token is picked.
final class Seat {

    final Generation generation;
    final int slot;
    private final Request request;
    private final Sampler sampler;
    private final int vocabulary, context;
    /// Null if every row of the head has a token.
    private final @Nullable TokenSet sampled;
    /// Prompt and generated tokens.
    private int[] text;
    private int length;
    private int made;
    /// What the constraint allows next, found while the model computes.
    private @Nullable CompletableFuture<TokenSet> allowed;

    Seat(Generation generation, int slot, int vocabulary, int context, @Nullable TokenSet sampled) {
        this.generation = generation;
        this.sampled = sampled;
        this.slot = slot;
        this.vocabulary = vocabulary;
        this.context = context;
        request = generation.request();
        sampler = new Sampler(request.sampling(), vocabulary);
        text = request.prompt().clone();
        length = text.length;
        for (int token : text) sampler.take(token);
        lookAhead();
    }

    private void lookAhead() {
        Generator.Constraint constraint = request.constraint();
        if (constraint != null) allowed = CompletableFuture.supplyAsync(constraint::allowed);
    }

    int length() {
        return length;
    }

    int token(int position) {
        return text[position];
    }

    int[] text() {
        return Arrays.copyOf(text, length);
    }

    /// Whether the likeliest row is all that has to be known.
    boolean isPlain() {
        return request.isPlain() && sampled == null;
    }

    boolean hasBegun() {
        return made > 0;
    }

    /// The next token out of all logits.
    ///
    /// @param logits f32 `[vocabulary]`; changed
    /// @throws IllegalStateException if the constraint allows none
    Token pick(MemorySegment logits) {
        request.bias().forEach((token, bias) -> {
            if (token >= 0 && token < vocabulary) logits.setAtIndex(JAVA_FLOAT, token, logits.getAtIndex(JAVA_FLOAT, token) + bias);
        });
        @Nullable TokenSet some = allowed == null ? sampled : allowed.join();
        if (some != null && some.size() == 0) throw new IllegalStateException("the constraint allows no token");
        int token = some == null ? sampler.pick(logits) : sampler.pick(logits, some);
        return request.alternatives() < 0 ? new Token(token, Float.NaN, List.of()) : told(token, logits);
    }

    private Token told(int token, MemorySegment logits) {
        double largest = Double.NEGATIVE_INFINITY, sum = 0;
        for (int i = 0; i < vocabulary; i++) largest = Math.max(largest, logits.getAtIndex(JAVA_FLOAT, i));
        for (int i = 0; i < vocabulary; i++) sum += Math.exp(logits.getAtIndex(JAVA_FLOAT, i) - largest);
        double all = largest + Math.log(sum);
        var best = new ArrayList<Integer>();
        for (int i = 0; i < vocabulary && request.alternatives() > 0; i++) {
            float logit = logits.getAtIndex(JAVA_FLOAT, i);
            if (best.size() == request.alternatives() && logit <= logits.getAtIndex(JAVA_FLOAT, best.getLast())) continue;
            int at = best.size();
            while (at > 0 && logit > logits.getAtIndex(JAVA_FLOAT, best.get(at - 1))) at--;
            best.add(at, i);
            if (best.size() > request.alternatives()) best.removeLast();
        }
        List<Token.Alternative> others = best.stream()
                .map(one -> new Token.Alternative(one, (float) (logits.getAtIndex(JAVA_FLOAT, one) - all)))
                .toList();
        return new Token(token, (float) (logits.getAtIndex(JAVA_FLOAT, token) - all), others);
    }

    /// The text goes on.
    ///
    /// @return why it ends there; null if it does not
    Generation.@Nullable End take(Token token) {
        if (request.stops().contains(token.id())) return Generation.End.STOP;
        generation.give(token);
        if (length == text.length) text = Arrays.copyOf(text, Math.min(2 * length + 16, context + 1));
        text[length++] = token.id();
        made++;
        sampler.take(token.id());
        Generator.Constraint constraint = request.constraint();
        if (constraint != null) {
            constraint.take(token.id());
            if (constraint.isOver()) return Generation.End.GRAMMAR;
            if (made < request.most()) lookAhead();
        }
        if (made == request.most()) return Generation.End.LENGTH;
        return length > context ? Generation.End.CONTEXT : null;
    }
}
