package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Byte-pair encoding as it is defined and nothing else: of all neighbours, the two that rank first become one, the leftmost such two
/// first, until no two may. Bytes are the characters of a Latin-1 string. Slow, and so only words that were not met before are merged.
///
/// @param words how a text is cut, as bytes
/// @param ids   of the tokens
/// @param ranks of two neighbours, by the two with a [#BETWEEN] between
/// @param whole true if a word that is a token is that token, however it may be merged
record PlainBpe(Function<String, List<String>> words, Map<String, Integer> ids, Map<String, Integer> ranks, boolean whole, Map<String, int[]> met) {

    /// No byte, and no character.
    static final char BETWEEN = '\uffff';

    static PlainBpe of(Function<String, List<String>> words, Map<String, Integer> ids, Map<String, Integer> ranks, boolean whole) {
        return new PlainBpe(words, ids, ranks, whole, new HashMap<>());
    }

    /// tiktoken's: two neighbours rank as the token that they make.
    static PlainBpe ofRanks(Function<String, List<String>> words, Map<String, Integer> ids) {
        return of(words, ids, Map.of(), true);
    }

    int[] encode(String text) {
        return words.apply(wellFormed(text)).stream().flatMapToInt(word -> Arrays.stream(met.computeIfAbsent(word, this::merge))).toArray();
    }

    static String wellFormed(String text) {
        var whole = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) whole.append(c).append(text.charAt(++i));
            else whole.append(Character.isSurrogate(c) ? '\uFFFD' : c);
        }
        return whole.toString();
    }

    private int[] merge(String bytes) {
        Integer all = ids.get(bytes);
        if (whole && all != null) return new int[] {all};
        List<String> symbols = new ArrayList<>(bytes.chars().mapToObj(Character::toString).toList());
        List<@Nullable Integer> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < symbols.size(); i++) pairs.add(rank(symbols, i));
        while (true) {
            int best = -1;
            for (int i = 0; i < pairs.size(); i++) {
                Integer rank = pairs.get(i), least = best < 0 ? null : pairs.get(best);
                if (rank != null && (least == null || rank < least)) best = i;
            }
            if (best < 0) return symbols.stream().mapToInt(ids::get).toArray();
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
            pairs.remove(best);
            if (best < pairs.size()) pairs.set(best, rank(symbols, best));
            if (best > 0) pairs.set(best - 1, rank(symbols, best - 1));
        }
    }

    private @Nullable Integer rank(List<String> symbols, int at) {
        String left = symbols.get(at), right = symbols.get(at + 1);
        return ranks.isEmpty() ? ids.get(left + right) : ranks.get(left + BETWEEN + right);
    }

    /// A vocabulary learnt from texts by the definition: the neighbours that occur most become a token, over and over.
    ///
    /// @param words symbols of the words of a text
    /// @return merges in their order, the two with a [#BETWEEN] between
    static List<String> learn(Function<String, List<String>> words, List<String> texts, int merges) {
        var counts = new HashMap<String, Integer>();
        for (String text : texts) for (String word : words.apply(wellFormed(text))) counts.merge(word, 1, Integer::sum);
        List<String> distinct = counts.keySet().stream().sorted().toList();
        int[] count = distinct.stream().mapToInt(counts::get).toArray();
        List<List<String>> symbols = new ArrayList<>();
        for (String word : distinct) {
            symbols.add(new ArrayList<>(word.codePoints().mapToObj(Character::toString).toList()));
        }
        var learnt = new ArrayList<String>();
        while (learnt.size() < merges) {
            var pairs = new HashMap<String, Integer>();
            for (int w = 0; w < count.length; w++)
                for (int i = 0; i + 1 < symbols.get(w).size(); i++)
                    pairs.merge(symbols.get(w).get(i) + BETWEEN + symbols.get(w).get(i + 1), count[w], Integer::sum);
            String best = pairs.entrySet().stream()
                    .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                    .orElseThrow().getKey();
            learnt.add(best);
            String left = best.substring(0, best.indexOf(BETWEEN)), right = best.substring(best.indexOf(BETWEEN) + 1);
            for (List<String> word : symbols)
                for (int i = 0; i + 1 < word.size(); i++)
                    if (word.get(i).equals(left) && word.get(i + 1).equals(right)) word.set(i, left + word.remove(i + 1));
        }
        return learnt;
    }

    /// Ids of tokens by their bytes.
    static Map<String, Integer> ids(List<byte[]> tokens) {
        var ids = new HashMap<String, Integer>();
        IntStream.range(0, tokens.size()).forEach(id -> ids.put(new String(tokens.get(id), ISO_8859_1), id));
        return ids;
    }
}
