package tern.runtime.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// Reads the `.tir` and loop texts that a user names.
final class Texts {

    /// Bytes: some times the characters that [Tir] reads.
    private static final long LONGEST = 1 << 20;

    private Texts() {}

    static Source read(Path file) throws IOException {
        if (!Files.exists(file)) throw new NoSuchFileException(file.toString());
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no regular file");
        if (Files.size(file) > LONGEST)
            throw new IllegalArgumentException("%s: %d bytes, at most %d are read".formatted(file, Files.size(file), LONGEST));
        try {
            return new Source(file.toString(), Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": no UTF-8 text", e);
        }
    }

    static Tir parse(Path file) throws IOException {
        return Tir.parse(read(file));
    }
}
