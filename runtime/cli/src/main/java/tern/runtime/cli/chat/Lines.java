package tern.runtime.cli.chat;

import java.io.IOException;

/// Where lines are typed.
public interface Lines extends AutoCloseable {

    /// What a user did.
    sealed interface Input {
        /// A line without its end.
        record Line(String text) implements Input {}

        /// Ctrl-C: what was typed is void.
        record Void() implements Input {}

        /// Ctrl-D, or the end of a file.
        record End() implements Input {}
    }

    /// @param prompt shown where someone sees it
    Input read(String prompt) throws IOException;

    /// Sets what happens on Ctrl-C while no line is read.
    void onInterrupt(Runnable stop);

    @Override
    void close() throws IOException;
}
