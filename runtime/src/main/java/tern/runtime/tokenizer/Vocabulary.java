package tern.runtime.tokenizer;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import tern.runtime.ModelException;

/// The tokens of a model, checked: what they say, not how text is cut into them.
///
/// @param tokens   every token by id
/// @param specials ids of the special ones by name, in the order of the ids
/// @param ordinary ids of the ordinary ones by their bytes
/// @param bos,eos  begin and end of a text
/// @param stops    ids that end a generation
record Vocabulary(
        List<Token> tokens,
        Map<String, Integer> specials,
        Map<Bytes, Integer> ordinary,
        OptionalInt bos,
        OptionalInt eos,
        Set<Integer> stops) {

    /// What generation stops on, besides the end of a text that the file names.
    private static final List<String> STOPS = List.of("<|end_of_text|>", "<|eot_id|>");

    sealed interface Token {
        /// Stands for bytes of text.
        record Ordinary(Bytes bytes) implements Token {}

        /// Stands for its role; found by name only.
        record Special(String name) implements Token {}

        /// Fills a place in the embedding and is never met.
        record Unused() implements Token {}
    }

    /// @param file where the tokens come from, for messages
    /// @throws ModelException if a name or the bytes of a token come twice, an ordinary token is empty, a byte has no
    ///                        token of its own, or `bos` or `eos` is no id
    static Vocabulary of(String file, List<Token> tokens, OptionalInt bos, OptionalInt eos) {
        return of(file, tokens, bos, eos, Set.of());
    }

    /// @param more ids that end a generation, besides `eos` and those known by name
    static Vocabulary of(String file, List<Token> tokens, OptionalInt bos, OptionalInt eos, Set<Integer> more) {
        var specials = new LinkedHashMap<String, Integer>();
        var ordinary = new HashMap<Bytes, Integer>();
        for (int id = 0; id < tokens.size(); id++) {
            Optional<Integer> earlier = switch (tokens.get(id)) {
                case Token.Ordinary(var bytes) when bytes.length() == 0 ->
                    throw new ModelException(file, "token " + id, "found no bytes, expected one at least");
                case Token.Ordinary(var bytes) -> Optional.ofNullable(ordinary.putIfAbsent(bytes, id));
                case Token.Special(var name) when name.isEmpty() ->
                    throw new ModelException(file, "token " + id, "found an empty name of a special token");
                case Token.Special(var name) -> Optional.ofNullable(specials.putIfAbsent(name, id));
                case Token.Unused() -> Optional.empty();
            };
            if (earlier.isPresent())
                throw new ModelException(file, "token " + id, "found the same as token %d".formatted(earlier.get()));
        }
        for (int b = 0; b < 256; b++)
            if (!ordinary.containsKey(new Bytes(new byte[] {(byte) b})))
                throw new ModelException(file, "vocabulary", "found no token for byte 0x%02x".formatted(b));
        requireId(file, "begin of text", bos, tokens.size());
        requireId(file, "end of text", eos, tokens.size());

        var stops = new TreeSet<Integer>(more);
        for (int id : more) requireId(file, "end of text", OptionalInt.of(id), tokens.size());
        eos.ifPresent(stops::add);
        STOPS.stream().filter(specials::containsKey).map(specials::get).forEach(stops::add);
        return new Vocabulary(
                List.copyOf(tokens),
                Collections.unmodifiableMap(specials),
                // Not Map.copyOf: it probes linearly, which takes minutes where hashes lie close together.
                Collections.unmodifiableMap(ordinary),
                bos,
                eos,
                Collections.unmodifiableSet(stops));
    }

    private static void requireId(String file, String role, OptionalInt id, int size) {
        if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size))
            throw new ModelException(file, role, "found token %d, expected 0 to %d".formatted(id.getAsInt(), size - 1));
    }
}
