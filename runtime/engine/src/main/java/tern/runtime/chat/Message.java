package tern.runtime.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What one side of a conversation says.
///
/// @param text  as it was typed or shown, or what a function returned; names of special tokens in it are plain text
/// @param calls of functions, by an assistant
public record Message(Role role, String text, List<Functions.Call> calls) {

    public Message {
        calls = List.copyOf(calls);
    }

    public Message(Role role, String text) {
        this(role, text, List.of());
    }

    /// Who speaks.
    public enum Role {
        /// Sets the scene, before all others.
        SYSTEM,
        USER,
        ASSISTANT,
        /// A function that was called.
        TOOL;

        /// `system`, `user`, `assistant`, `tool`: as templates and files name it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Role> of(String label) {
            return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
        }
    }
}
