package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tern.runtime.ModelException;
import tern.runtime.gguf.Metadata;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// BPE: special tokens are found here by name, the text between them is [Bpe]'s.
public final class BpeTokenizer implements Tokenizer {

    /// What generation stops on, besides the end of a text that the file names.
    private static final List<String> STOPS = List.of("<|end_of_text|>", "<|eot_id|>", "<|im_end|>", "<|endoftext|>");

    private final TokenTable tokens;
    private final Map<String, Integer> specials;
    /// Names that are tokens in text of our own, and those that are tokens in any text.
    private final Names ours, anywhere;
    /// Names with spaces, found once a text's `▁` have become spaces too.
    private final Names spaced;
    private final boolean spaceFirst;
    private final OptionalInt bos, eos;
    private final Set<Integer> stops;
    /// Until [#bpe] is there.
    private @Nullable VocabularyData parts;
    private volatile @Nullable Bpe bpe;

    private final int rows, unusedRows;

    /// @throws ModelException if an ordinary token stands for no bytes, or an id that has a role is none
    BpeTokenizer(VocabularyData parts) {
        this.parts = parts;
        String file = parts.file();
        tokens = TokenTable.of(file, parts.tokens(), parts.types(), parts.rows(), parts.scheme());
        rows = parts.rows() == Integer.MAX_VALUE ? tokens.size() : parts.rows();
        unusedRows = Math.max(0, rows - tokens.size());
        specials = tokens.named(Type.CONTROL, Type.USER_DEFINED);
        Map<String, Integer> defined = tokens.named(Type.USER_DEFINED);
        boolean marks = parts.scheme() instanceof Scheme.SentencePiece;
        ours = new Names(marks ? SpaceMark.written(specials, defined) : specials);
        anywhere = new Names(marks ? SpaceMark.written(defined, defined) : defined);
        spaced = new Names(marks ? SpaceMark.spaced(defined) : Map.of());
        spaceFirst = parts.scheme() instanceof Scheme.SentencePiece(var first) && first;
        bos = requireId(file, "begin of text", parts.bos());
        eos = requireId(file, "end of text", parts.eos());
        if (bos.isPresent() && bos.getAsInt() >= rows)
            throw new ModelException(file, "begin of text", "found token %d, which has none of the %d rows of the embedding".formatted(bos.getAsInt(), rows));
        var all = new TreeSet<Integer>(parts.stops());
        for (int id : parts.stops()) requireId(file, "end of text", OptionalInt.of(id));
        eos.ifPresent(all::add);
        all.removeIf(id -> id >= rows);
        STOPS.stream().filter(specials::containsKey).map(specials::get).forEach(all::add);
        stops = Collections.unmodifiableSet(all);
    }

    private OptionalInt requireId(String file, String role, OptionalInt id) {
        if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size()))
            throw new ModelException(file, role, "found token %d, expected 0 to %d".formatted(id.getAsInt(), size() - 1));
        return id;
    }

    /// The tokenizer of a GGUF file.
    ///
    /// @throws ModelException if the file has none, another, or a damaged one; some damage is found by [#prepare()] only
    public static BpeTokenizer of(Metadata metadata) {
        return of(metadata, Integer.MAX_VALUE);
    }

    /// The same of a model.
    ///
    /// @param rows of its embedding: tokens past the last are passed over
    public static BpeTokenizer of(Metadata metadata, int rows) {
        return new BpeTokenizer(GgufVocabulary.parts(metadata, rows));
    }

    /// The rows of a head that have a token in a GGUF file; empty if all have, or the file has no tokens.
    ///
    /// @throws ModelException if the file is damaged
    public static Optional<TokenSet> sampled(Metadata metadata, int rows) {
        return GgufVocabulary.sampled(metadata, rows);
    }

    /// The Llama-3 tokenizer from its file of ranks: a line per token, base64 of its bytes, a space, its rank.
    ///
    /// @throws IOException    if it cannot be read
    /// @throws ModelException if it is not such a file
    public static BpeTokenizer ofRanks(Path file) throws IOException {
        BpeTokenizer tokenizer = RankFile.read(file).tokenizer();
        tokenizer.prepare();
        return tokenizer;
    }

    @Override
    public int size() {
        return tokens.size();
    }

    @Override
    public List<String> notes() {
        var notes = new ArrayList<String>();
        note(notes, tokens.size() - rows, "tokens lie past the %d rows of the embedding and are ignored".formatted(rows));
        note(notes, unusedRows, "rows of the embedding have no token and are never sampled");
        note(notes, tokens.count(Type.UNDEFINED), "tokens are of type 0 and are passed over");
        note(notes, bpe().equal() + tokens.count(Type.CONTROL) + tokens.count(Type.USER_DEFINED) - specials.size(),
                "tokens are the same as earlier ones, which stand for them in texts");
        return notes;
    }

    private static void note(List<String> notes, int count, String what) {
        if (count > 0) notes.add(count + " " + what);
    }

    @Override
    public void prepare() {
        bpe();
    }

    private Bpe bpe() {
        Bpe made = bpe;
        return made == null ? make() : made;
    }

    private synchronized Bpe make() {
        Bpe made = bpe;
        if (made == null) {
            bpe = made = Objects.requireNonNull(parts).bpe(tokens);
            parts = null;
        }
        return made;
    }

    @Override
    public int[] encode(String text) {
        return encode(text, anywhere);
    }

    @Override
    public int[] encodeWithSpecials(String text) {
        return encode(text, ours);
    }

    private int[] encode(String text, Names names) {
        Bpe plain = bpe();
        var ids = new Ids();
        names.cut(wellFormed(text), ids, between -> {
            if (spaced.isEmpty()) plain.encode(between, ids);
            else spaced.cut(between.replace(SpaceMark.MARK, ' '), ids, rest -> plain.encode(rest, ids));
        });
        return ids.toArray();
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
        return switch (tokens.type(id)) {
            case ORDINARY, USER_DEFINED, BYTE -> Arrays.copyOfRange(tokens.bytes(), tokens.start(id), tokens.end(id));
            case CONTROL, UNKNOWN, UNUSED, UNDEFINED -> new byte[0];
        };
    }

    @Override
    public String decode(int[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) bytes.writeBytes(decode(id));
        String text = bytes.toString(UTF_8);
        return spaceFirst && text.startsWith(" ") ? text.substring(1) : text;
    }

    @Override
    public Map<String, Integer> specials() {
        return specials;
    }

    @Override
    public OptionalInt bos() {
        return bos;
    }

    @Override
    public OptionalInt eos() {
        return eos;
    }

    @Override
    public Set<Integer> stops() {
        return stops;
    }
}
