package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.Vocabulary.Token;

/// tiktoken's file of ranks: a line per token, base64 of its bytes, a space, its rank. Llama 3's special tokens follow
/// the last rank.
final class RankFile {

    private RankFile() {}

    static Vocabulary read(Path path) throws IOException {
        String file = path.toString();
        List<Token> tokens = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(path, ISO_8859_1)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (!line.isEmpty()) tokens.add(token(file, line, tokens.size()));
            }
        }
        int ranks = tokens.size();
        Llama3.SPECIALS.forEach(name -> tokens.add(new Token.Special(name)));
        return Vocabulary.of(file, tokens,
                OptionalInt.of(ranks + Llama3.SPECIALS.indexOf(Llama3.BEGIN_OF_TEXT)),
                OptionalInt.of(ranks + Llama3.SPECIALS.indexOf(Llama3.END_OF_TEXT)));
    }

    private static Token token(String file, String line, int rank) {
        String part = "rank " + rank;
        int space = line.indexOf(' ');
        if (space < 1 || !line.substring(space + 1).equals(Integer.toString(rank)))
            throw new ModelException(file, part, "found no line of base64, a space and the rank %d".formatted(rank));
        try {
            return new Token.Ordinary(new Bytes(Base64.getDecoder().decode(line.substring(0, space))));
        } catch (IllegalArgumentException e) {
            throw new ModelException(file, part, "found malformed base64: " + e.getMessage());
        }
    }
}
