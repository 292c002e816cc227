package tern.runtime.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import com.knuddels.jtokkit.api.IntArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import tern.runtime.ModelException;

/// Merges the two neighbours that make the token of the lowest id, the leftmost such first, as tiktoken does: for vocabularies that
/// list no merges. A word that is a token is that token.
final class RankBpe implements Bpe {

    private final Encoding encoding;
    private final int equal;

    /// @throws ModelException if a byte has no token
    RankBpe(Words words, TokenTable tokens) {
        var index = new TokenIndex(tokens);
        equal = index.equal();
        int[] bytes = index.bytes();
        for (int b = 0; b < 256; b++)
            if (bytes[b] < 0) throw new ModelException(tokens.file(), "vocabulary", "found no token for byte 0x%02x".formatted(b));
        var ranks = new IdentityHashMap<byte[], Integer>(); // JTokkit only walks through it
        for (int id = 0; id < tokens.size(); id++)
            if (tokens.isOrdinary(id) && index.finds(id)) ranks.put(Arrays.copyOfRange(tokens.bytes(), tokens.start(id), tokens.end(id)), id);
        // A registry of its own, so no name can clash. Special tokens are BpeTokenizer's: JTokkit would throw on them.
        var parameters = new GptBytePairEncodingParams("tern", words.only(), ranks, Map.of());
        encoding = Encodings.newLazyEncodingRegistry()
                .registerGptBytePairEncoding(parameters)
                .getEncoding("tern")
                .orElseThrow();
    }

    @Override
    public void encode(String text, Ids into) {
        IntArrayList ids = encoding.encodeOrdinary(text);
        for (int i = 0; i < ids.size(); i++) into.add(ids.get(i));
    }

    @Override
    public int equal() {
        return equal;
    }
}
