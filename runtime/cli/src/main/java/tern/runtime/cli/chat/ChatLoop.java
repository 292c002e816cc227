package tern.runtime.cli.chat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import tern.runtime.cli.chat.Lines.Input;
import tern.runtime.cli.console.Texts;

/// Reads messages and commands until the end, and prints answers as they come. Answers alone go to `out`.
public final class ChatLoop {

    private static final String HELP = """
            /system TEXT  sets the system message; without a text, takes it away
            /reset        forgets the conversation, but not the system message
            /save F       writes the conversation as JSON
            /load F       goes on with one that was saved
            /stats        tokens so far, and how full the context is, if it is known
            /help         this
            /exit         leaves, as Ctrl-D does
            A line that ends with \\ goes on with the next one, and all between ""\" and ""\" is one message. A message that begins with / is
            typed with //. Ctrl-C stops an answer.""";

    private final Partner partner;
    private final Lines lines;
    private final PrintWriter out, err;
    private final Function<Exception, String> explain;
    private boolean failed;

    /// @param explain what to say of a failure; the conversation goes on
    public ChatLoop(Partner partner, Lines lines, PrintWriter out, PrintWriter err, Function<Exception, String> explain) {
        this.partner = partner;
        this.lines = lines;
        this.out = out;
        this.err = err;
        this.explain = explain;
    }

    /// @return whether every message had its answer
    public boolean run() throws IOException {
        lines.onInterrupt(partner::interrupt);
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
                partner.system(argument);
                err.println(argument.isEmpty() ? "no system message" : "system message set");
            }
            case "/reset" -> {
                partner.reset();
                err.println("conversation forgotten");
            }
            case "/save" -> {
                ConversationFile.write(file(name, argument), partner.messages());
                err.println("saved in " + argument);
            }
            case "/load" -> {
                partner.load(ConversationFile.read(file(name, argument)));
                err.println(Texts.count(partner.messages().size(), "message") + " loaded");
            }
            case "/stats" -> err.println(partner.totals());
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

    private void answer(String message) throws IOException {
        var shown = new AtomicBoolean();
        try {
            String facts = partner.answer(message, part -> {
                shown.set(true);
                out.print(part);
                out.flush();
            }, err::println);
            end(true);
            err.println(facts);
        } catch (RuntimeException | IOException e) {
            end(shown.get());
            throw e;
        }
    }

    private void end(boolean line) {
        if (line) out.println();
        out.flush();
    }
}
