package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// tiktoken's file of ranks: a line per token, base64 of its bytes, a space, its rank. Llama 3's special tokens follow
/// the last rank.
final class RankFile {

    /// A first line is shorter; SentencePiece's files begin with a line feed.
    private static final int FIRST_LINE = 200;

    private RankFile() {}

    /// Whether a file begins as one of ranks does.
    static boolean isOne(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            String start = new String(in.readNBytes(FIRST_LINE), ISO_8859_1);
            return start.lines().findFirst().orElse("").matches("[A-Za-z0-9+/]+=* 0");
        }
    }

    static WrittenVocabulary read(Path path) throws IOException {
        String file = path.toString();
        List<String> tokens = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(path, ISO_8859_1)) {
            for (String line; (line = lines.readLine()) != null;) {
                if (!line.isEmpty()) tokens.add(token(file, line, tokens.size()));
            }
        }
        int ranks = tokens.size();
        tokens.addAll(Llama3.SPECIALS);
        List<Type> types = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) types.add(id < ranks ? Type.ORDINARY : Type.CONTROL);
        return new WrittenVocabulary(file, tokens, types, Optional.empty(),
                OptionalInt.of(ranks + Llama3.SPECIALS.indexOf(Llama3.BEGIN_OF_TEXT)),
                OptionalInt.of(ranks + Llama3.SPECIALS.indexOf(Llama3.END_OF_TEXT)), Set.of(), Optional.empty());
    }

    private static String token(String file, String line, int rank) {
        String part = "rank " + rank;
        int space = line.indexOf(' ');
        if (space < 1 || !line.substring(space + 1).equals(Integer.toString(rank)))
            throw new ModelException(file, part, "found no line of base64, a space and the rank %d".formatted(rank));
        try {
            return ByteAlphabet.write(Base64.getDecoder().decode(line.substring(0, space)));
        } catch (IllegalArgumentException e) {
            throw new ModelException(file, part, "found malformed base64: " + e.getMessage());
        }
    }
}
