package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.runtime.cli.console.Prompts;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.TokenFile;

/// The tokens on which a model is looked at: a text, token ids, or without any, random tokens that are the same each time.
final class TokenOptions {

    private static final int RANDOM = 64, SEED = 1;

    @Option(names = "--file", paramLabel = "TEXT", description = "UTF-8 text; with --tokens, token ids (default: 64 random tokens)")
    @Nullable
    Path file;

    @Option(names = "--tokens", description = "the file holds token ids, little-endian int32, used as they are")
    boolean ids;

    @Option(names = "--first", paramLabel = "N", description = "tokens that are used, at most (default: ${DEFAULT-VALUE})")
    int first = 256;

    void check() {
        if (first < 1) throw new IllegalArgumentException("--first must be positive: " + first);
        if (ids && file == null) throw new IllegalArgumentException("--tokens says what --file holds, but there is no --file");
    }

    /// @param most tokens that a session takes
    int[] read(ModelOptions.Running running, int most) throws IOException {
        int count = Math.min(first, most);
        if (file == null)
            return new SplittableRandom(SEED).ints(Math.min(count, RANDOM), 0, running.model().config().vocabulary()).toArray();
        int[] all = ids
                ? TokenFile.read(file)
                : Prompts.encode(running.tokenizer(), PplCommand.text(file));
        if (all.length == 0) throw new IllegalArgumentException(file + ": there is no token in it");
        return Arrays.copyOf(all, Math.min(all.length, count));
    }
}
