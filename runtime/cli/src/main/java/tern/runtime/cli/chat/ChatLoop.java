package tern.runtime.cli.chat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Dialogue;
import tern.runtime.chat.Message.Role;
import tern.runtime.cli.chat.Lines.Input;
import tern.runtime.generate.Generator;

/// Reads messages and commands until the end, and prints answers as they come. Answers alone go to `out`.
public final class ChatLoop {

    private static final String HELP = """
            /system TEXT  sets the system message; without a text, takes it away
            /reset        forgets the conversation, but not the system message
            /save F       writes the conversation as JSON
            /load F       goes on with one that was saved
            /stats        tokens so far, and how full the context is
            /help         this
            /exit         leaves, as Ctrl-D does
            A line that ends with \\ goes on with the next one, and all between ""\" and ""\" is one message. A message that begins with / is
            typed with //. Ctrl-C stops an answer.""";

    private final Dialogue dialogue;
    private final Lines lines;
    private final PrintWriter out, err;
    private final int most;
    private final Supplier<Generator.@Nullable Constraint> constraints;
    private final Function<Exception, String> explain;
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private boolean failed;

    /// @param most        tokens of an answer
    /// @param constraints a fresh one for each answer, or null
    /// @param explain     what to say of a failure; the conversation goes on
    public ChatLoop(
            Dialogue dialogue,
            Lines lines,
            PrintWriter out,
            PrintWriter err,
            int most,
            Supplier<Generator.@Nullable Constraint> constraints,
            Function<Exception, String> explain) {
        this.dialogue = dialogue;
        this.lines = lines;
        this.out = out;
        this.err = err;
        this.most = most;
        this.constraints = constraints;
        this.explain = explain;
    }

    /// @return whether every message had its answer
    public boolean run() throws IOException {
        lines.onInterrupt(() -> interrupted.set(true));
        var messages = new Messages(lines);
        while (true) {
            switch (messages.next()) {
                case Input.End _ -> {
                    return !failed;
                }
                case Input.Void _ -> err.println("Ctrl-D leaves, /help lists the commands");
                case Input.Line(var text) -> {
                    if (!take(text)) return !failed;
                }
            }
        }
    }

    /// @return false to leave
    private boolean take(String text) throws IOException {
        try {
            if (text.isBlank()) return true;
            if (text.startsWith("//")) answer(text.substring(1));
            else if (text.startsWith("/")) return command(text.strip());
            else answer(text);
        } catch (RuntimeException | IOException e) {
            if (text.startsWith("//") || !text.startsWith("/")) failed = true;
            err.println(explain.apply(e));
        }
        return true;
    }

    private boolean command(String text) throws IOException {
        int blank = text.indexOf(' ');
        String name = blank < 0 ? text : text.substring(0, blank), argument = blank < 0 ? "" : text.substring(blank + 1).strip();
        switch (name) {
            case "/system" -> {
                dialogue.system(argument);
                err.println(argument.isEmpty() ? "no system message" : "system message set");
            }
            case "/reset" -> {
                dialogue.reset();
                err.println("conversation forgotten");
            }
            case "/save" -> {
                ConversationFile.write(file(name, argument), dialogue.messages());
                err.println("saved in " + argument);
            }
            case "/load" -> {
                dialogue.load(ConversationFile.read(file(name, argument)));
                err.println(count(dialogue.messages().size(), "message") + " loaded");
            }
            case "/stats" -> err.println(totals());
            case "/help" -> err.println(HELP);
            case "/exit" -> {
                return false;
            }
            default -> err.println("%s is no command; /help lists them, and // begins a message with /".formatted(name));
        }
        return true;
    }

    private static Path file(String command, String argument) {
        if (argument.isEmpty()) throw new IllegalArgumentException(command + " needs a file");
        return Path.of(argument);
    }

    private void answer(String message) {
        interrupted.set(false);
        Dialogue.Answer answer = dialogue.answer(message, most, constraints.get(), new Dialogue.Listener() {
            @Override
            public void text(String part) {
                out.print(part);
                out.flush();
            }

            @Override
            public void forgotten(int messages) {
                err.printf("the context is full: the first %s forgotten%n", messages == 1 ? "message is" : messages + " messages are");
            }

            @Override
            public boolean isEnough() {
                return interrupted.get();
            }
        });
        out.println();
        out.flush();
        err.println(speeds(answer));
    }

    private static String speeds(Dialogue.Answer answer) {
        return String.format(Locale.ROOT, "%s (%d kept) in %.2f s%s; %s in %.2f s%s; %s",
                count(answer.fed(), "prompt token"), answer.kept(), answer.feedSeconds(), rate(answer.fed(), answer.feedSeconds()),
                count(answer.made(), "token"), answer.makeSeconds(), rate(answer.made(), answer.makeSeconds()), answer.end());
    }

    private static String rate(int tokens, double seconds) {
        return tokens == 0 ? "" : String.format(Locale.ROOT, " (%.1f/s)", tokens / seconds);
    }

    private String totals() {
        Dialogue.Totals totals = dialogue.totals();
        boolean hasSystem = dialogue.messages().stream().anyMatch(message -> message.role() == Role.SYSTEM);
        return "%s%s; %s fed, %d kept, %d generated; %d of %d tokens of the context".formatted(
                count(totals.messages(), "message"), hasSystem ? ", the system's among them" : "",
                count((int) totals.fed(), "prompt token"), totals.kept(), totals.made(), totals.position(), totals.context());
    }

    private static String count(int number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }
}
