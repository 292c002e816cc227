package tern.runtime.cli.chat;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Dialogue;
import tern.runtime.chat.Message;
import tern.runtime.cli.console.Texts;
import tern.runtime.generate.Generator;

/// A model in this process.
final class LocalPartner implements Partner {

    private final Dialogue dialogue;
    private final int most;
    private final Supplier<Generator.@Nullable Constraint> constraints;
    private final AtomicBoolean interrupted = new AtomicBoolean();

    /// @param most        tokens of an answer
    /// @param constraints a fresh one for each answer, or null
    LocalPartner(Dialogue dialogue, int most, Supplier<Generator.@Nullable Constraint> constraints) {
        this.dialogue = dialogue;
        this.most = most;
        this.constraints = constraints;
    }

    @Override
    public List<Message> messages() {
        return dialogue.messages();
    }

    @Override
    public void system(String text) {
        dialogue.system(text);
    }

    @Override
    public void reset() {
        dialogue.reset();
    }

    @Override
    public void load(List<Message> messages) {
        dialogue.load(messages);
    }

    @Override
    public String answer(String message, Consumer<String> parts, Consumer<String> notes) {
        interrupted.set(false);
        Dialogue.Answer answer = dialogue.answer(message, most, constraints.get(), new Dialogue.Listener() {
            @Override
            public void text(String part) {
                parts.accept(part);
            }

            @Override
            public void forgotten(int messages) {
                notes.accept("the context is full: the first %s forgotten".formatted(messages == 1 ? "message is" : messages + " messages are"));
            }

            @Override
            public boolean isEnough() {
                return interrupted.get();
            }
        });
        return String.format(Locale.ROOT, "%s (%d kept) in %.2f s%s; %s in %.2f s%s; %s",
                Texts.count(answer.fed(), "prompt token"), answer.kept(), answer.feedSeconds(), Partner.rate(answer.fed(), answer.feedSeconds()),
                Texts.count(answer.made(), "token"), answer.makeSeconds(), Partner.rate(answer.made(), answer.makeSeconds()), answer.end());
    }

    @Override
    public void interrupt() {
        interrupted.set(true);
    }

    @Override
    public String totals() {
        Dialogue.Totals totals = dialogue.totals();
        return "%s; %s fed, %d kept, %d generated; %d of %d tokens of the context".formatted(
                Partner.said(dialogue.messages()), Texts.count((int) totals.fed(), "prompt token"), totals.kept(), totals.made(),
                totals.position(), totals.context());
    }
}
