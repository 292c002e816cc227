package tern.runtime.tokenizer;

import static java.util.Comparator.reverseOrder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import tern.runtime.ModelException;
import tern.runtime.gguf.Metadata;
import tern.runtime.tokenizer.Vocabulary.Token;

/// Byte-level BPE: special tokens are found here by name, the text between them is [Bpe]'s.
public final class BpeTokenizer implements Tokenizer {

    private final Vocabulary vocabulary;
    private final Bpe bpe;
    /// First characters of the specials' names, and the lengths of the names, longest first.
    private final Set<Character> initials = new HashSet<>();
    private final List<Integer> lengths;

    BpeTokenizer(Vocabulary vocabulary, Bpe bpe) {
        this.vocabulary = vocabulary;
        this.bpe = bpe;
        vocabulary.specials().keySet().forEach(name -> initials.add(name.charAt(0)));
        lengths = vocabulary.specials().keySet().stream().map(String::length).distinct().sorted(reverseOrder()).toList();
    }

    /// The tokenizer of a GGUF file: `tokenizer.ggml.model` = `gpt2` with the words of Llama 3.
    ///
    /// @throws ModelException if the file has none, another, or a damaged one
    public static BpeTokenizer of(Metadata metadata) {
        return WrittenVocabulary.of(metadata).tokenizer();
    }

    /// The Llama-3 tokenizer from its file of ranks: a line per token, base64 of its bytes, a space, its rank.
    ///
    /// @throws IOException    if it cannot be read
    /// @throws ModelException if it is not such a file
    public static BpeTokenizer ofRanks(Path file) throws IOException {
        Vocabulary vocabulary = RankFile.read(file);
        return new BpeTokenizer(vocabulary, new RankBpe(vocabulary));
    }

    @Override
    public int size() {
        return vocabulary.tokens().size();
    }

    @Override
    public int[] encode(String text) {
        return bpe.encode(wellFormed(text)).toArray();
    }

    @Override
    public int[] encodeWithSpecials(String text) {
        String whole = wellFormed(text);
        var ids = IntStream.builder();
        int plain = 0; // start of the text since the last special token
        for (int i = 0; i < whole.length(); ) {
            String name = specialAt(whole, i);
            if (name.isEmpty()) {
                i++;
                continue;
            }
            bpe.encode(whole.substring(plain, i)).forEach(ids);
            ids.add(special(name));
            plain = i += name.length();
        }
        bpe.encode(whole.substring(plain)).forEach(ids);
        return ids.build().toArray();
    }

    /// Longest name that stands there, or nothing.
    private String specialAt(String text, int at) {
        if (!initials.contains(text.charAt(at))) return "";
        for (int length : lengths) {
            if (at + length > text.length()) continue;
            String name = text.substring(at, at + length);
            if (vocabulary.specials().containsKey(name)) return name;
        }
        return "";
    }

    private static String wellFormed(String text) {
        // As code points, surrogates appear only where they are unpaired.
        if (text.codePoints().noneMatch(BpeTokenizer::unpaired)) return text;
        return text.codePoints()
                .map(c -> unpaired(c) ? 0xfffd : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean unpaired(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    @Override
    public byte[] decode(int id) {
        return switch (vocabulary.tokens().get(id)) {
            case Token.Ordinary(var bytes) -> bytes.array().clone();
            case Token.Special _, Token.Unused _ -> new byte[0];
        };
    }

    @Override
    public Map<String, Integer> specials() {
        return vocabulary.specials();
    }

    @Override
    public OptionalInt bos() {
        return vocabulary.bos();
    }

    @Override
    public OptionalInt eos() {
        return vocabulary.eos();
    }

    @Override
    public Set<Integer> stops() {
        return vocabulary.stops();
    }
}
