package tern.runtime.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// Merges the two neighbours that make the token of the lowest id, the leftmost such first, as tiktoken does.
final class RankBpe implements Bpe {

    private final Encoding encoding;

    RankBpe(Vocabulary vocabulary) {
        var ranks = new IdentityHashMap<byte[], Integer>(); // JTokkit only walks through it
        vocabulary.ordinary().forEach((bytes, id) -> ranks.put(bytes.array(), id));
        // A registry of its own, so no name can clash. Special tokens are BpeTokenizer's: JTokkit would throw on them.
        var parameters = new GptBytePairEncodingParams("tern", Llama3.WORDS, ranks, Map.of());
        encoding = Encodings.newLazyEncodingRegistry()
                .registerGptBytePairEncoding(parameters)
                .getEncoding("tern")
                .orElseThrow();
    }

    @Override
    public IntStream encode(String text) {
        return Arrays.stream(encoding.encodeOrdinary(text).toArray());
    }
}
