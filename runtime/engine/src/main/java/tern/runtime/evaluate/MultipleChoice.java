package tern.runtime.evaluate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.tokenizer.Tokenizer;

/// Multiple choice by log-likelihood: of several continuations of a text, a model chooses the likeliest.
///
/// Source: EleutherAI's lm-evaluation-harness, `lm_eval/api/task.py` and `lm_eval/api/model.py`. As there, accuracy takes the largest sum of
/// log-likelihoods; normalised accuracy divides each sum by the choice's length first. Spaces that end a context are moved to its
/// continuation, and both are made tokens together, so that a word that begins with a space is one token.
public final class MultipleChoice {

    /// @param context      what is given
    /// @param continuation what is scored, with the space or line break before it
    /// @param measured     whose length normalises the score: the continuation without what separates it
    public record Choice(String context, String continuation, String measured) {
        public Choice {
            if (continuation.isEmpty() || measured.isEmpty()) throw new IllegalArgumentException("an empty choice");
        }
    }

    /// @param choices two at least
    /// @param answer  index of the right one
    public record Question(List<Choice> choices, int answer) {
        public Question {
            choices = List.copyOf(choices);
            if (choices.size() < 2) throw new IllegalArgumentException("%d choices, expected 2 or more".formatted(choices.size()));
            if (answer < 0 || answer >= choices.size())
                throw new IllegalArgumentException("answer %d of %d choices".formatted(answer, choices.size()));
        }
    }

    /// What a model thinks of the choices.
    ///
    /// @param sums    log-likelihood of each choice, in nats
    /// @param lengths of what is measured of each, in characters
    /// @param bytes   the same in UTF-8
    /// @param lost    most tokens that a text lost at its beginning, since the model's context has no room for them
    public record Scored(Question question, double[] sums, int[] lengths, int[] bytes, int lost) {

        /// The choice that accuracy counts.
        public int chosen() {
            return best(sums);
        }

        /// The choice that normalised accuracy counts: log-likelihood a character.
        public int chosenByLength() {
            return best(divided(lengths));
        }

        /// The choice by log-likelihood a byte.
        public int chosenByBytes() {
            return best(divided(bytes));
        }

        private double[] divided(int[] by) {
            return IntStream.range(0, sums.length).mapToDouble(i -> sums[i] / by[i]).toArray();
        }

        /// The first of the largest, as `argmax` has it.
        private static int best(double[] values) {
            int best = 0;
            for (int i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
            return best;
        }
    }

    private final Tokenizer tokenizer;
    private final Session session;
    private final int vocabulary, context;
    private final MemorySegment row;
    private int lost;

    /// @param arena of the logits
    public MultipleChoice(Model model, Tokenizer tokenizer, Arena arena) {
        this.tokenizer = tokenizer;
        session = model.session(true, 0);
        vocabulary = model.config().vocabulary();
        context = model.context();
        row = arena.allocate(4L * vocabulary, 64);
    }

    /// @throws ArithmeticException      if a logit is NaN or infinite
    /// @throws IllegalArgumentException if a choice has no room in the model's context, not even alone
    public Scored score(Question question) {
        lost = 0;
        int n = question.choices.size();
        double[] sums = new double[n];
        int[] lengths = new int[n], bytes = new int[n];
        for (int i = 0; i < n; i++) {
            Choice choice = question.choices.get(i);
            sums[i] = logLikelihood(choice.context, choice.continuation);
            lengths[i] = choice.measured.codePointCount(0, choice.measured.length());
            bytes[i] = choice.measured.getBytes(StandardCharsets.UTF_8).length;
        }
        return new Scored(question, sums, lengths, bytes, lost);
    }

    /// Of what follows `before`, given that.
    double logLikelihood(String before, String continuation) {
        String kept = before.stripTrailing();
        int[] head = withBegin(tokenizer.encode(kept)), all = withBegin(tokenizer.encode(kept + before.substring(kept.length()) + continuation));
        int given = Math.min(head.length, all.length - 1);
        if (given == 0) throw new IllegalArgumentException("an empty context, and a model that has no token to begin a text with");
        // A text that is too long loses its beginning; the last token is only predicted.
        int from = Math.max(0, all.length - 1 - context);
        if (from >= given) throw new IllegalArgumentException("a choice of %d tokens is longer than the context of %d".formatted(all.length - given, context));
        lost = Math.max(lost, from);
        session.reset();
        session.feed(Arrays.copyOfRange(all, from, given - 1));
        double[] sum = new double[1];
        session.feed(Arrays.copyOfRange(all, given - 1, all.length - 1), row, (i, logits) -> sum[0] += Likelihood.of(logits, vocabulary).log(all[given + i]));
        return sum[0];
    }

    private int[] withBegin(int[] body) {
        if (tokenizer.bos().isEmpty()) return body;
        int[] all = new int[body.length + 1];
        all[0] = tokenizer.bos().getAsInt();
        System.arraycopy(body, 0, all, 1, body.length);
        return all;
    }
}
