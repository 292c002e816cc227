package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/// A small vocabulary of bytes and of what they merge to, learnt from the [Corpus].
///
/// @param tokens after the bytes, in GPT-2's byte alphabet
/// @param merges in the same, with a space between
/// @param ids    by the tokens' bytes
/// @param ranks  as [PlainBpe] wants them
record Learnt(List<String> tokens, List<String> merges, Map<String, Integer> ids, Map<String, Integer> ranks) {

    private static final int TEXTS = 600, MERGES = 300;

    static Learnt of(Function<String, List<String>> words) {
        List<String> learnt = PlainBpe.learn(words, Corpus.texts(1, TEXTS).toList(), MERGES);
        var tokens = new ArrayList<String>();
        var merges = new ArrayList<String>();
        var ranks = new HashMap<String, Integer>();
        Map<String, Integer> ids = PlainBpe.ids(IntStream.range(0, 256).mapToObj(b -> new byte[] {(byte) b}).toList());
        for (String merge : learnt) {
            ranks.put(merge, ranks.size());
            int between = merge.indexOf(PlainBpe.BETWEEN);
            String left = merge.substring(0, between), right = merge.substring(between + 1);
            merges.add(written(left) + " " + written(right));
            if (ids.putIfAbsent(left + right, ids.size()) == null) tokens.add(written(left + right));
        }
        return new Learnt(tokens, merges, ids, ranks);
    }

    private static String written(String bytes) {
        return ByteAlphabet.write(bytes.getBytes(ISO_8859_1));
    }
}
