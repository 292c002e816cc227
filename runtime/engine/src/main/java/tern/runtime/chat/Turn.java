package tern.runtime.chat;

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
}
