package tern.runtime.chat;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What one side of a conversation says.
///
/// @param text as it was typed or shown; names of special tokens in it are plain text
public record Message(Role role, String text) {

    /// Who speaks.
    public enum Role {
        /// Sets the scene, before all others.
        SYSTEM,
        USER,
        ASSISTANT;

        /// `system`, `user`, `assistant`: as templates and files name it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Role> of(String label) {
            return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
        }
    }
}
