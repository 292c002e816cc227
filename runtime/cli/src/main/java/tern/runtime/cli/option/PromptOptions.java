package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.runtime.cli.console.Prompts;

/// A text as options. It is text whatever it begins with; names of special tokens in it are text too, unless `--special` is given.
public final class PromptOptions {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "the text, as it stands: @ and - begin nothing special (default: none)")
    @Nullable
    String prompt;

    @Option(names = "--prompt-file", paramLabel = "FILE",
            description = "UTF-8 file with the text, without one line break at its end; - is standard input (default: none)")
    @Nullable
    Path file;

    @Option(names = "--special", description = "names of special tokens in the text, such as <|eot_id|>, are these tokens (default: they are text)")
    public boolean special;

    public boolean isGiven() {
        return prompt != null || file != null;
    }

    /// @throws IllegalArgumentException unless there is one text, in UTF-8
    public String text() throws IOException {
        if (prompt != null && file != null) throw new IllegalArgumentException("give either --prompt or --prompt-file");
        if (file != null) return Prompts.read(file, System.in);
        if (prompt == null) throw new IllegalArgumentException("give --prompt or --prompt-file");
        return prompt;
    }
}
