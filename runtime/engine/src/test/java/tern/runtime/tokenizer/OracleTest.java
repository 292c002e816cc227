package tern.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// Token ids are those of [PlainBpe], on a hundred thousand texts of all kinds; and what was a text is that text again.
class OracleTest {

    private static final boolean ALL = Integer.getInteger("tern.fuzz", 400) > 400;

    /// In a build, a fifth of what the campaign compares.
    private static final int CORPUS = 100_000, TEXTS = ALL ? CORPUS : CORPUS / 5, FEWER = TEXTS / 5;

    private static final List<String> SPECIALS = List.of("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>");

    static void assertSame(Tokenizer tokenizer, Function<String, int[]> oracle, long seed, int texts) {
        assertSame(tokenizer, oracle, seed, texts, text -> text);
    }

    /// @param read what a text is when it comes back
    static void assertSame(Tokenizer tokenizer, Function<String, int[]> oracle, long seed, int texts, UnaryOperator<String> read) {
        int[] met = {0, 0};
        Corpus.texts(seed, texts).forEach(text -> {
            int[] expected = oracle.apply(text), found = tokenizer.encode(text);
            if (!Arrays.equals(found, expected)) assertThat(found).as(text).isEqualTo(expected);
            String back = tokenizer.decode(found), whole = read.apply(PlainBpe.wellFormed(text));
            if (!back.equals(whole)) assertThat(back).isEqualTo(whole);
            met[0]++;
            met[1] += found.length;
        });
        assertThat(met[0]).isEqualTo(texts);
        assertThat(met[1]).isGreaterThan(10 * texts);
    }

    @Test
    void llama3() throws IOException {
        Path path = Vocabularies.llama3();
        List<byte[]> tokens = Files.readAllLines(path).stream()
                .filter(line -> !line.isEmpty())
                .map(line -> Base64.getDecoder().decode(line.substring(0, line.indexOf(' '))))
                .toList();
        assertSame(BpeTokenizer.ofRanks(path), PlainBpe.ofRanks(PlainWords::llama3, PlainBpe.ids(tokens))::encode, 2, TEXTS);
    }

    /// Needs nothing that is not in the repository.
    @Test
    void aVocabularyThatWasLearntHere() {
        Learnt learnt = Learnt.of(PlainWords::llama3);
        var oracle = PlainBpe.of(PlainWords::llama3, learnt.ids(), learnt.ranks(), true);
        assertSame(Vocabularies.tokenizer(learnt.tokens(), learnt.merges(), SPECIALS), oracle::encode, 3, TEXTS);
    }

    @Test
    void gpt2(@TempDir Path folder) throws IOException {
        Function<String, List<String>> words = text -> PlainWords.bytes(PlainWords.gpt2(text));
        assertRelative(words, Words.GPT2, 4, folder);
    }

    @Test
    void falcon(@TempDir Path folder) throws IOException {
        assertRelative(PlainWords::falcon, Words.FALCON, 5, folder);
    }

    @Test
    void falcon3(@TempDir Path folder) throws IOException {
        assertRelative(PlainWords::falcon3, Words.FALCON3, 6, folder);
    }

    /// As GGUF and as `tokenizer.json`.
    private static void assertRelative(Function<String, List<String>> words, Words ours, long seed, Path folder) throws IOException {
        Learnt learnt = Learnt.of(words);
        List<String> tokens = Vocabularies.bytes();
        tokens.addAll(learnt.tokens());
        int ordinary = tokens.size();
        tokens.add("<|endoftext|>");
        var types = new ArrayList<Type>();
        for (int id = 0; id < tokens.size(); id++) types.add(id < ordinary ? Type.ORDINARY : Type.CONTROL);
        var written = new WrittenVocabulary("learnt", new Scheme.ByteLevel(ours, false), tokens, types, Optional.of(learnt.merges()), Optional.empty(),
                OptionalInt.empty(), OptionalInt.of(ordinary), Set.of(), Optional.empty());
        var writer = new GgufWriter();
        written.putTo(writer);
        Files.writeString(folder.resolve("tokenizer.json"), written.json());
        var oracle = PlainBpe.of(words, learnt.ids(), learnt.ranks(), false);
        assertSame(BpeTokenizer.of(Vocabularies.metadata(writer)), oracle::encode, seed, FEWER);
        assertSame(WrittenVocabulary.of(folder, tokens.size()).tokenizer(), oracle::encode, seed + 10, FEWER);
    }

    /// The corpus has what it promises.
    @Test
    void theCorpusHasAllScripts() {
        var scripts = new HashSet<Character.UnicodeScript>();
        var kinds = new HashSet<Integer>();
        Corpus.texts(2, CORPUS).forEach(text -> text.codePoints().forEach(c -> {
            kinds.add(Character.getType(c));
            if (Character.isDefined(c)) scripts.add(Character.UnicodeScript.of(c));
        }));
        assertThat(scripts).containsAll(IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(c -> Character.isDefined(c) && Character.getType(c) != Character.SURROGATE)
                .mapToObj(Character.UnicodeScript::of)
                .toList());
        assertThat(kinds).contains((int) Character.SURROGATE, (int) Character.UNASSIGNED, (int) Character.NON_SPACING_MARK, (int) Character.CONTROL);
        assertThat(Corpus.texts(2, 20).toList()).isEqualTo(Corpus.texts(2, 20).toList()).isNotEqualTo(Corpus.texts(3, 20).toList());
    }
}
