package tern.runtime.cli.console;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// Reads the `.tir` and loop texts that a user names.
public final class Texts {

    /// Bytes: some times the characters that [Tir] reads.
    private static final long LONGEST = 1 << 20;

    private Texts() {}

    public static Source read(Path file) throws IOException {
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

    /// What a file says is not believed to be fit for a terminal.
    public static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    }

    /// `1 packing`, `2 packings`
    public static String count(int number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    public static Tir parse(Path file) throws IOException {
        return Tir.parse(read(file));
    }
}
