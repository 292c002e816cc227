package tern.runtime.chat;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Message.Role;

/// A message in its place in a conversation.
///
/// @param generated ids of the text where the model itself made it; null if the text is encoded. A text has more than one spelling in
///                  tokens: with these ids what is in the key-value cache stays right
record Turn(Message message, int @Nullable [] generated) {

    static Turn said(Role role, String text) {
        return new Turn(new Message(role, text), null);
    }

    /// With a call, or what came of one, as plain text.
    Turn inWords() {
        if (message.role() == Role.TOOL) return said(Role.USER, "The function returned: " + message.text());
        if (message.calls().isEmpty()) return this;
        Stream<String> parts = Stream.concat(Stream.of(message.text()).filter(text -> !text.isEmpty()), message.calls().stream().map(Functions.Call::toString));
        return new Turn(new Message(Role.ASSISTANT, parts.collect(Collectors.joining("\n\n"))), generated);
    }
}
