package tern.runtime.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Message.Role;
import tern.runtime.generate.Generator;
import tern.runtime.generate.TextStream;
import tern.runtime.tokenizer.Tokenizer;

/// A conversation with a model. What the model has seen stays in its key-value cache: a turn feeds only what differs from it, so that
/// another system message, a turn that was taken back or a conversation from a file need no special treatment.
///
/// For one thread at a time.
public final class Dialogue {

    /// Batches that are fed before anyone is asked whether to go on.
    private static final int PATIENCE = 4;

    private final Generator generator;
    private final int context;
    private final Tokenizer tokenizer;
    private final ChatFormat format;
    private final List<String> stops;
    private final List<Turn> turns = new ArrayList<>();
    private long fed, kept, made;

    /// @param generator of an empty session
    /// @param context   positions of the session
    /// @param stops     texts that end an answer, besides those of the template
    public Dialogue(Generator generator, int context, ChatFormat format, Tokenizer tokenizer, List<String> stops) {
        this.generator = generator;
        this.context = context;
        this.tokenizer = tokenizer;
        this.format = format;
        var all = new ArrayList<>(stops);
        all.addAll(format.stopTexts());
        this.stops = List.copyOf(all);
    }

    /// Who hears an answer.
    public interface Listener {

        /// A part of the answer; whole characters.
        void text(String part);

        /// The context is full, so these first messages after the system's are forgotten.
        void forgotten(int messages);

        /// Whether the answer shall end here.
        boolean isEnough();
    }

    /// Why an answer ended.
    public enum End {
        STOP_TOKEN("stop token"),
        STOP_TEXT("stop text"),
        LIMIT("--tokens reached"),
        CONTEXT("the context is full"),
        GRAMMAR("the grammar is at its end"),
        INTERRUPTED("interrupted");

        private final String label;

        End(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /// What came of a turn.
    ///
    /// @param fed            tokens of the prompt that the model had not seen
    /// @param kept           tokens of the prompt that it had
    /// @param feedSeconds    for the former
    /// @param made           tokens of the answer
    /// @param makeSeconds    for these
    public record Answer(String text, int fed, int kept, double feedSeconds, int made, double makeSeconds, End end) {}

    /// Tokens of all turns so far, and how full the context is.
    ///
    /// @param position tokens in the key-value cache
    public record Totals(int messages, long fed, long kept, long made, int position, int context) {}

    public Totals totals() {
        return new Totals(turns.size(), fed, kept, made, generator.session().position(), context);
    }

    public List<Message> messages() {
        return turns.stream().map(Turn::message).toList();
    }

    /// Sets the system message, in place of any before; what was said otherwise stays. An empty text takes it away.
    public void system(String text) {
        if (hasSystem()) turns.removeFirst();
        if (!text.isBlank()) turns.addFirst(Turn.said(Role.SYSTEM, text));
    }

    private boolean hasSystem() {
        return !turns.isEmpty() && turns.getFirst().message().role() == Role.SYSTEM;
    }

    /// Forgets everything but the system message.
    public void reset() {
        turns.removeIf(turn -> turn.message().role() != Role.SYSTEM);
    }

    /// Takes up another conversation.
    public void load(List<Message> messages) {
        turns.clear();
        for (Message message : messages) turns.add(new Turn(message, null));
    }

    /// Ids that end an answer.
    public Set<Integer> stopTokens() {
        return format.stops();
    }

    /// Says something to the model and has it answer.
    ///
    /// @param most       tokens of the answer
    /// @param constraint of the answer; null for none
    /// @throws IllegalArgumentException if the context has no room for the message; it is as if it had not been said
    public Answer answer(String message, int most, Generator.@Nullable Constraint constraint, Listener listener) {
        turns.add(Turn.said(Role.USER, message));
        int[] prompt;
        try {
            prompt = fitted(Math.min(most, context / 4), listener);
        } catch (IllegalArgumentException e) {
            turns.removeLast();
            throw e;
        }
        int common = goBack(prompt);
        long start = System.nanoTime();
        boolean complete = feed(prompt, common, listener);
        double feedSeconds = (System.nanoTime() - start) * 1e-9;
        int fedNow = generator.session().position() - common;
        fed += fedNow;
        kept += common;
        if (!complete) {
            turns.removeLast();
            return new Answer("", fedNow, common, feedSeconds, 0, 0, End.INTERRUPTED);
        }
        return generate(prompt.length, most, constraint, listener,
                (text, count, seconds, end) -> new Answer(text, fedNow, common, feedSeconds, count, seconds, end));
    }

    /// The prompt, once so many of the oldest turns are gone that it leaves room for an answer.
    private int[] fitted(int room, Listener listener) {
        int first = hasSystem() ? 1 : 0, dropped = 0;
        int[] prompt = format.prompt(turns, Functions.NONE, Map.of());
        while (prompt.length + room > context && turns.size() - first > 1) {
            int count = Math.min(2, turns.size() - first - 1); // a question and its answer
            turns.subList(first, first + count).clear();
            dropped += count;
            prompt = format.prompt(turns, Functions.NONE, Map.of());
        }
        if (dropped > 0) listener.forgotten(dropped);
        if (prompt.length == 0) throw new IllegalArgumentException("the message is empty");
        if (prompt.length >= context)
            throw new IllegalArgumentException("the message makes a prompt of %d tokens, and the context has %d".formatted(prompt.length, context));
        return prompt;
    }

    /// Forgets what the model has seen differently. One token is always left to feed, since logits follow it.
    ///
    /// @return tokens that stay
    private int goBack(int[] prompt) {
        int[] seen = generator.text();
        int differs = Arrays.mismatch(seen, prompt);
        int common = Math.min(differs < 0 ? seen.length : differs, prompt.length - 1);
        generator.goBack(common);
        return common;
    }

    private boolean feed(int[] prompt, int from, Listener listener) {
        int step = PATIENCE * generator.session().batch();
        for (int at = from; at < prompt.length; at += step) {
            if (at > from && listener.isEnough()) return false;
            generator.feed(Arrays.copyOfRange(prompt, at, Math.min(at + step, prompt.length)));
        }
        return true;
    }

    private interface Ended {
        Answer with(String text, int count, double seconds, End end);
    }

    private Answer generate(int prompt, int most, Generator.@Nullable Constraint constraint, Listener listener, Ended ended) {
        var stream = new TextStream(tokenizer, stops);
        var text = new StringBuilder();
        int[] ids = new int[Math.min(most, context - prompt + 1)];
        int count = 0;
        long start = System.nanoTime();
        IntSupplier next = generator.tokens(constraint);
        Optional<End> end = Optional.empty();
        while (end.isEmpty()) {
            if (listener.isEnough()) end = Optional.of(End.INTERRUPTED);
            else if (count == most) end = Optional.of(End.LIMIT);
            else if (count == ids.length) end = Optional.of(End.CONTEXT);
            else if (constraint != null && constraint.isOver()) end = Optional.of(End.GRAMMAR);
            else {
                int token = next.getAsInt();
                if (format.stops().contains(token)) {
                    end = Optional.of(End.STOP_TOKEN);
                } else {
                    ids[count++] = token;
                    show(stream.push(token), text, listener);
                    if (stream.isStopped()) end = Optional.of(End.STOP_TEXT);
                }
            }
        }
        show(stream.finish(), text, listener);
        double seconds = (System.nanoTime() - start) * 1e-9;
        made += count;
        int[] generated = stream.isStopped() ? null : Arrays.copyOf(ids, count); // a stop text is not part of the message
        turns.add(new Turn(new Message(Role.ASSISTANT, text.toString()), generated));
        return ended.with(text.toString(), count, seconds, end.get());
    }

    private static void show(String part, StringBuilder text, Listener listener) {
        if (part.isEmpty()) return;
        text.append(part);
        listener.text(part);
    }
}
