package tern.runtime.cli.chat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tern.runtime.chat.Message;
import tern.runtime.cli.console.Texts;

/// Who answers in a conversation: a model in this process, or one behind a server.
public interface Partner {

    /// What was said so far.
    List<Message> messages();

    /// Sets the system message, in place of any before. An empty text takes it away.
    void system(String text);

    /// Forgets everything but the system message.
    void reset();

    /// Takes up another conversation.
    void load(List<Message> messages);

    /// Says something and waits for the answer. If it fails, it is as if nothing had been said.
    ///
    /// @param parts hears the answer as it comes
    /// @param notes hears what else there is to say
    /// @return a line about counts and speeds
    String answer(String message, Consumer<String> parts, Consumer<String> notes) throws IOException;

    /// Ends the answer that comes now, if one does. For any thread.
    void interrupt();

    /// A line about all answers.
    String totals();

    /// ` (12.3/s)`; empty if there is none.
    static String rate(long number, double seconds) {
        return number == 0 ? "" : String.format(Locale.ROOT, " (%.1f/s)", number / seconds);
    }

    /// `3 messages, the system's among them`.
    static String said(List<Message> messages) {
        boolean hasSystem = messages.stream().anyMatch(message -> message.role() == Message.Role.SYSTEM);
        return Texts.count(messages.size(), "message") + (hasSystem ? ", the system's among them" : "");
    }
}
