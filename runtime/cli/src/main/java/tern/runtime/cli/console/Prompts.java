package tern.runtime.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tern.runtime.tokenizer.Tokenizer;

/// Texts as a model's first tokens.
public final class Prompts {

    /// Stands for standard input.
    private static final String STANDARD_INPUT = "-";

    private Prompts() {}

    /// The tokens of a text, after the one that begins every text where the model has such a token.
    public static int[] encode(Tokenizer tokenizer, String text) {
        return encode(tokenizer, text, false);
    }

    /// @param specials whether names of special tokens in the text are these tokens
    public static int[] encode(Tokenizer tokenizer, String text, boolean specials) {
        int[] body = specials ? tokenizer.encodeWithSpecials(text) : tokenizer.encode(text);
        if (tokenizer.bos().isEmpty()) return body;
        int[] input = new int[body.length + 1];
        input[0] = tokenizer.bos().getAsInt();
        System.arraycopy(body, 0, input, 1, body.length);
        return input;
    }

    /// The text of a file, or of standard input for `-`: UTF-8, without a byte order mark and without one line break at its end.
    ///
    /// @throws IllegalArgumentException if it is no UTF-8 text
    public static String read(Path file, InputStream standardInput) throws IOException {
        boolean isInput = file.toString().equals(STANDARD_INPUT);
        if (!isInput && !Files.exists(file)) throw new NoSuchFileException(file.toString());
        byte[] bytes = isInput ? standardInput.readAllBytes() : Files.readAllBytes(file);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            String unmarked = text.startsWith("\ufeff") ? text.substring(1) : text;
            if (!unmarked.endsWith("\n")) return unmarked;
            return unmarked.substring(0, unmarked.length() - (unmarked.endsWith("\r\n") ? 2 : 1));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException((isInput ? "standard input" : file.toString()) + ": no UTF-8 text", e);
        }
    }
}
