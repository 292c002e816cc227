package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Value;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// Vocabularies as Llama 1's and 2's, from GGUF, `tokenizer.json` and `tokenizer.model`, compared with the definition: of all neighbours
/// that make a token, the two that make the one with the best score merge.
class SentencePieceTest {

    private static final int TEXTS = 20_000, LEARNT_FROM = 400, CHARACTERS = 300, MERGES = 250;

    /// `<unk>`, `<s>`, `</s>`, the bytes, characters, what they merge to.
    private static WrittenVocabulary learnt = small(List.of(), List.of());

    @TempDir
    Path folder;

    @BeforeAll
    static void learn() {
        Function<String, List<String>> words = text -> List.of((" " + text).replace(' ', '▁').split("(?=▁)"));
        List<String> texts = Corpus.texts(1, LEARNT_FROM).toList();
        var counts = new TreeMap<String, Integer>();
        texts.forEach(text -> PlainBpe.wellFormed(text).codePoints().filter(c -> c != ' ' && c != '▁')
                .forEach(c -> counts.merge(Character.toString(c), 1, Integer::sum)));
        var characters =
                new ArrayList<>(counts.keySet().stream().sorted((a, b) -> counts.getOrDefault(b, 0) - counts.getOrDefault(a, 0)).limit(CHARACTERS).toList());
        characters.add("▁");
        List<String> merges = PlainBpe.learn(words, texts, MERGES).stream().map(merge -> merge.replace(PlainBpe.BETWEEN, ' ')).toList();
        learnt = small(characters, merges.stream().map(merge -> merge.replace(" ", "")).distinct().toList());
    }

    private static WrittenVocabulary small(List<String> characters, List<String> products) {
        var tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        var types = new ArrayList<>(List.of(Type.UNKNOWN, Type.CONTROL, Type.CONTROL));
        var scores = new ArrayList<>(List.of(0f, 0f, 0f));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
            types.add(Type.BYTE);
            scores.add(0f);
        }
        for (String token : products) {
            tokens.add(token);
            types.add(Type.ORDINARY);
            scores.add(-1f - scores.size());
        }
        for (String token : characters) {
            if (tokens.contains(token)) continue;
            tokens.add(token);
            types.add(Type.ORDINARY);
            scores.add(-1000f - scores.size());
        }
        return new WrittenVocabulary("learnt", new Scheme.SentencePiece(true), tokens, types, Optional.empty(), Optional.of(scores),
                OptionalInt.of(1), OptionalInt.of(2), Set.of(), Optional.empty());
    }

    /// The definition. Texts are cut before each space, since no token here holds one but at its beginning.
    private static int[] plain(String text, Map<String, Integer> ids, Map<String, int[]> met) {
        String whole = PlainBpe.wellFormed(text);
        if (whole.isEmpty()) return new int[0];
        return List.of(("▁" + whole.replace(' ', '▁')).split("(?=▁)")).stream()
                .flatMapToInt(word -> java.util.Arrays.stream(met.computeIfAbsent(word, w -> plainWord(w, ids))))
                .toArray();
    }

    private static int[] plainWord(String word, Map<String, Integer> ids) {
        var symbols = new ArrayList<>(word.codePoints().mapToObj(Character::toString).toList());
        List<Float> scores = learnt.scores().orElseThrow();
        while (true) {
            int best = -1;
            float bestScore = Float.NEGATIVE_INFINITY;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                Integer id = ids.get(symbols.get(i) + symbols.get(i + 1));
                if (id != null && scores.get(id) > bestScore) {
                    best = i;
                    bestScore = scores.get(id);
                }
            }
            if (best < 0) break;
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
        var tokens = new ArrayList<Integer>();
        for (String symbol : symbols) {
            Integer id = ids.get(symbol);
            if (id != null) tokens.add(id);
            else for (byte b : symbol.getBytes(UTF_8)) tokens.add(3 + (b & 0xff));
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void assertAsDefined(BpeTokenizer tokenizer, long seed) {
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < learnt.tokens().size(); id++) if (learnt.types().get(id) == Type.ORDINARY) ids.put(learnt.tokens().get(id), id);
        assertThat(ids).hasSizeGreaterThan(500).allSatisfy((token, id) -> assertThat(token.lastIndexOf('▁')).isLessThan(1));
        var met = new HashMap<String, int[]>();
        OracleTest.assertSame(tokenizer, text -> plain(text, ids, met), seed, TEXTS, text -> text.replace('▁', ' '));
    }

    private static GgufWriter gguf(WrittenVocabulary vocabulary) {
        var writer = new GgufWriter();
        vocabulary.putTo(writer);
        return writer;
    }

    @Test
    void fromGguf() {
        var metadata = Vocabularies.metadata(gguf(learnt));
        assertThat(WrittenVocabulary.of(metadata).tokens()).isEqualTo(learnt.tokens());
        assertAsDefined(BpeTokenizer.of(metadata), 1);
    }

    @Test
    void fromJsonAndBackToGguf() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), learnt.json());
        Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\":1,\"eos_token_id\":2}");
        WrittenVocabulary read = WrittenVocabulary.of(folder, learnt.tokens().size());
        assertThat(read.tokens()).isEqualTo(learnt.tokens());
        assertThat(read.types()).isEqualTo(learnt.types());
        assertThat(read.merges()).hasValueSatisfying(merges -> assertThat(merges).hasSizeGreaterThanOrEqualTo(MERGES));
        assertAsDefined(read.tokenizer(), 2);
        assertAsDefined(BpeTokenizer.of(Vocabularies.metadata(gguf(read))), 3);
    }

    @Test
    void fromSentencePiecesOwnFile() throws IOException {
        Files.write(folder.resolve("tokenizer.model"), proto(2, false));
        Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\":1,\"eos_token_id\":2}");
        WrittenVocabulary read = WrittenVocabulary.of(folder, learnt.tokens().size() + 2);
        assertThat(read.scores().map(scores -> scores.subList(0, learnt.tokens().size()))).isEqualTo(learnt.scores());
        assertThat(read.types().getLast()).isEqualTo(Type.UNUSED);
        assertThat(read.tokenizer().stops()).containsExactly(2);
        assertAsDefined(read.tokenizer(), 4);
    }

    @Test
    void roundTripsAndRoles() {
        BpeTokenizer tokenizer = learnt.tokenizer();
        assertThat(tokenizer.encode("")).isEmpty();
        assertThat(tokenizer.bos()).hasValue(1);
        assertThat(tokenizer.encode("<s>")).doesNotContain(1);
        assertThat(tokenizer.encodeWithSpecials("<s>a</s>")).startsWith(1).endsWith(2);
        assertThat(tokenizer.decode(tokenizer.encode(" two  spaces "))).isEqualTo(" two  spaces ");
        assertThat(new WrittenVocabulary("x", new Scheme.SentencePiece(false), learnt.tokens(), learnt.types(), learnt.merges(), learnt.scores(),
                learnt.bos(), learnt.eos(), learnt.stops(), learnt.template()).tokenizer().encode(" ")).hasSize(1);
    }

    /// Gemma 3's runs of spaces: added tokens are found in the text as it is, so a `▁` of the text and a space make such a token only by merging.
    @ParameterizedTest
    @ValueSource(strings = {"▁", " "})
    void runsOfSpacesAndMarksOfTheText(String space) {
        var tokens = new ArrayList<>(learnt.tokens());
        var types = new ArrayList<>(learnt.types());
        var scores = new ArrayList<>(learnt.scores().orElseThrow());
        int one = tokens.indexOf("▁"), two = tokens.size(), three = two + 1;
        for (int length = 2; length < 4; length++) {
            tokens.add(space.repeat(length));
            types.add(Type.USER_DEFINED);
            scores.add(-1000f);
        }
        BpeTokenizer tokenizer = new WrittenVocabulary("runs", new Scheme.SentencePiece(false), tokens, types, Optional.empty(), Optional.of(scores),
                learnt.bos(), learnt.eos(), Set.of(), Optional.empty()).tokenizer();
        assertThat(tokenizer.encode("  ")).containsExactly(two);
        assertThat(tokenizer.encode("▁▁")).containsExactly(two);
        assertThat(tokenizer.encode("▁ ")).containsExactly(two);
        assertThat(tokenizer.encode("▁▁ ")).containsExactly(two, one);
        assertThat(tokenizer.encode(" ▁▁")).containsExactly(one, two);
        assertThat(tokenizer.encode("  ▁ ▁▁▁▁")).containsExactly(three, one, three, one);
        assertThat(tokenizer.encodeWithSpecials("<s>▁▁ ")).containsExactly(1, two, one);
        assertThat(tokenizer.decode(new int[] {two, one})).isEqualTo("   ");
    }

    /// A character whose bytes come one by one is shown when it is whole; bytes that are none are shown as such.
    @Test
    void streamsOfBytes() {
        var decoder = new StreamDecoder(learnt.tokenizer());
        var pieces = new ArrayList<String>();
        for (byte b : "🏽\u200d".getBytes(UTF_8)) pieces.add(decoder.push(3 + (b & 0xff)));
        assertThat(pieces).containsExactly("", "", "", "🏽", "", "", "\u200d");
        assertThat(decoder.push(3 + 0x9f)).isEqualTo("\uFFFD");
        assertThat(decoder.push(3 + 0xe2)).isEmpty();
        assertThat(decoder.push(3 + 'a')).isEqualTo("\uFFFDa");
        assertThat(decoder.push(3 + 0xf0)).isEmpty();
        assertThat(decoder.finish()).isEqualTo("\uFFFD");
    }

    @Test
    void whatIsNotSupportedIsRefused() throws IOException {
        Path model = folder.resolve("tokenizer.model");
        assertRefused(model, proto(1, false), "found model type 1, expected 2, BPE");
        assertRefused(model, proto(2, true), "it normalises texts, which is not supported");
        assertRefused(model, new byte[] {10, 5, 10}, "a message ends within a field, 1 bytes before its end");
        assertRefused(model, new byte[] {10, 2, 24, 9}, "piece 0: found type 9, expected 1 to 6");
        assertRefused(model, new byte[] {11}, "found wire type 3 of field 1, expected 0, 1, 2 or 5");
        assertRefused(model, new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, "found a number of more than ten bytes");
        assertRefused(model, new byte[0], "found no pieces");
    }

    private void assertRefused(Path model, byte[] content, String message) throws IOException {
        Files.write(model, content);
        assertThatThrownBy(() -> WrittenVocabulary.of(folder, 10)).isInstanceOf(ModelException.class).hasMessage(model + ": SentencePiece model: " + message);
    }

    @Test
    void damagedVocabularies() {
        WrittenVocabulary whole = learnt;
        assertThatThrownBy(() -> changed(whole, 10, "<0x07>", Type.ORDINARY).prepare()).hasMessage("learnt: vocabulary: found no token <0x07>");
        assertThatThrownBy(() -> changed(whole, 10, "seven", Type.BYTE)).hasMessage("learnt: token 10: found a byte that is not written as <0x0A> is");
        var tooFew = new GgufWriter().put("tokenizer.ggml.model", Value.text("llama")).put("tokenizer.ggml.tokens", Value.texts(whole.tokens()))
                .put("tokenizer.ggml.scores", Value.f32s(1f));
        assertThatThrownBy(() -> BpeTokenizer.of(Vocabularies.metadata(tooFew)))
                .hasMessageEndingWith("found 1 scores, expected one for each of %d tokens".formatted(whole.tokens().size()));
    }

    private static BpeTokenizer changed(WrittenVocabulary from, int id, String token, Type type) {
        var tokens = new ArrayList<>(from.tokens());
        var types = new ArrayList<>(from.types());
        tokens.set(id, token);
        types.set(id, type);
        return new WrittenVocabulary(from.file(), from.scheme(), tokens, types, from.merges(), from.scores(), from.bos(), from.eos(), from.stops(),
                from.template()).tokenizer();
    }

    /// SentencePiece's file, field by field.
    private static byte[] proto(int model, boolean cleans) {
        var file = new ByteArrayOutputStream();
        for (int id = 0; id < learnt.tokens().size(); id++) {
            var piece = new ByteArrayOutputStream();
            field(piece, 1, learnt.tokens().get(id).getBytes(UTF_8));
            piece.write(2 << 3 | 5);
            piece.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(learnt.scores().orElseThrow().get(id)).array());
            field(piece, 3, learnt.types().get(id).ordinal());
            field(file, 1, piece.toByteArray());
        }
        var training = new ByteArrayOutputStream();
        field(training, 3, model);
        field(training, 4, 32000);
        field(file, 2, training.toByteArray());
        var normalizing = new ByteArrayOutputStream();
        field(normalizing, 1, "identity".getBytes(UTF_8));
        field(normalizing, 3, 1);
        field(normalizing, 4, cleans ? 1 : 0);
        field(file, 3, normalizing.toByteArray());
        return file.toByteArray();
    }

    private static void field(ByteArrayOutputStream into, int field, int number) {
        varint(into, field << 3);
        varint(into, number);
    }

    private static void field(ByteArrayOutputStream into, int field, byte[] bytes) {
        varint(into, field << 3 | 2);
        varint(into, bytes.length);
        into.writeBytes(bytes);
    }

    private static void varint(ByteArrayOutputStream into, int number) {
        int rest = number;
        for (; rest > 0x7f; rest >>>= 7) into.write(rest & 0x7f | 0x80);
        into.write(rest);
    }
}
