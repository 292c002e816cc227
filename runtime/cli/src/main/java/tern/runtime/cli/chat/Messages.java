package tern.runtime.cli.chat;

import java.io.IOException;
import tern.runtime.cli.chat.Lines.Input;

/// Lines joined into messages: a line that ends with a backslash goes on with the next one, and all between `"""` and `"""` is one message.
final class Messages {

    private static final String PROMPT = "> ", MORE = "... ", QUOTES = "\"\"\"";

    private final Lines lines;

    Messages(Lines lines) {
        this.lines = lines;
    }

    /// The next message as a [Input.Line], without the marks that joined it. One that the input's end cuts off counts.
    Input next() throws IOException {
        Input first = lines.read(PROMPT);
        if (!(first instanceof Input.Line(var text))) return first;
        if (text.stripLeading().startsWith(QUOTES)) return quoted(text.stripLeading().substring(QUOTES.length()));
        var message = new StringBuilder(text);
        while (endsWith(message, "\\")) {
            message.setLength(message.length() - 1);
            switch (lines.read(MORE)) {
                case Input.Line(var more) -> message.append('\n').append(more);
                case Input.Void v -> {
                    return v;
                }
                case Input.End _ -> {
                    return new Input.Line(message.toString());
                }
            }
        }
        return new Input.Line(message.toString());
    }

    private Input quoted(String first) throws IOException {
        var message = new StringBuilder(first.stripTrailing().endsWith(QUOTES) ? first.stripTrailing() : first);
        boolean onlyBreak = first.isBlank(); // the message begins on the next line
        if (onlyBreak) message.setLength(0);
        while (!endsWith(message, QUOTES)) {
            switch (lines.read(MORE)) {
                case Input.Line(var more) -> {
                    if (!onlyBreak) message.append('\n');
                    onlyBreak = false;
                    message.append(more.stripTrailing().endsWith(QUOTES) ? more.stripTrailing() : more);
                }
                case Input.Void v -> {
                    return v;
                }
                case Input.End _ -> {
                    return new Input.Line(message.toString());
                }
            }
        }
        message.setLength(message.length() - QUOTES.length());
        return new Input.Line(endsWith(message, "\n") ? message.substring(0, message.length() - 1) : message.toString());
    }

    private static boolean endsWith(StringBuilder text, String end) {
        return text.length() >= end.length() && text.substring(text.length() - end.length()).equals(end);
    }
}
