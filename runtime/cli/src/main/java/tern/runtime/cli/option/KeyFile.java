package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `--api-key-file`.
public final class KeyFile {

    private KeyFile() {}

    /// The first line, without blanks around it.
    ///
    /// @throws IllegalArgumentException if there is none
    public static String read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException("--api-key-file " + file + ": no such file");
        return Files.readString(file).lines().findFirst().map(String::strip).filter(line -> !line.isEmpty())
                .orElseThrow(() -> new IllegalArgumentException("--api-key-file " + file + ": its first line is empty"));
    }
}
