package tern.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import tern.runtime.generate.TextStream;
import tern.runtime.tokenizer.Tokenizer;

/// What ends a generated text, as options.
final class TextOptions {

    @Option(names = "--stop", paramLabel = "S", description = "end where this text comes, which is not shown; may be given several times")
    List<String> stops = new ArrayList<>();

    /// @param more texts that end it too
    TextStream stream(Tokenizer tokenizer, List<String> more) {
        var all = new ArrayList<>(stops);
        all.addAll(more);
        return new TextStream(tokenizer, all);
    }

    /// @throws IllegalArgumentException if an option is wrong
    void check() {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("--stop must not be empty");
    }
}
