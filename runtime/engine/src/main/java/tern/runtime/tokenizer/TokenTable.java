package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import tern.runtime.ModelException;
import tern.runtime.gguf.TextArray;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// The tokens of a vocabulary by id: what each is, and the bytes of text that it stands for, all in one array. A vocabulary has some
/// hundred thousand tokens, and is read while a user waits.
final class TokenTable {

    private static final Type[] TYPES = Type.values();

    private final String file;
    private final byte[] bytes;
    /// Where the bytes of each token begin, and where those of one more would.
    private final int[] starts;
    private final byte[] types;

    private TokenTable(String file, byte[] bytes, int[] starts, byte[] types) {
        this.file = file;
        this.bytes = bytes;
        this.starts = starts;
        this.types = types;
    }

    /// @param file  where it comes from, for messages
    /// @param given types of the tokens, ordinals of [Type]
    /// @param rows  tokens from there on are unused
    /// @throws ModelException if an ordinary token stands for no byte, or a byte's token is not named as one
    static TokenTable of(String file, TextArray tokens, byte[] given, int rows, Scheme scheme) {
        byte[] types = given.clone();
        if (rows < types.length) Arrays.fill(types, rows, types.length, (byte) Type.UNUSED.ordinal());
        byte[] from = tokens.bytes(), into = new byte[from.length];
        int[] starts = new int[tokens.count() + 1];
        int at = 0;
        for (int id = 0; id < tokens.count(); id++) {
            int start = tokens.start(id), end = tokens.end(id);
            starts[id] = at;
            if (types[id] == ORDINARY) {
                at = scheme.read(from, start, end, into, at);
                if (at < 0) throw new ModelException(file, "token " + id, "found a character outside of GPT-2's byte alphabet");
                if (at == starts[id]) throw new ModelException(file, "token " + id, "found no bytes, expected one at least");
            } else at = other(file, id, TYPES[types[id]], tokens, scheme, into, at);
        }
        starts[tokens.count()] = at;
        return new TokenTable(file, Arrays.copyOf(into, at), starts, types);
    }

    private static final byte ORDINARY = (byte) Type.ORDINARY.ordinal();

    /// @return the place after what the token stands for
    private static int other(String file, int id, Type type, TextArray tokens, Scheme scheme, byte[] into, int at) {
        int start = tokens.start(id), end = tokens.end(id);
        return switch (type) {
            case CONTROL, USER_DEFINED -> {
                if (start == end) throw new ModelException(file, "token " + id, "found an empty name of a special token");
                boolean marked = type == Type.USER_DEFINED && scheme instanceof Scheme.SentencePiece;
                if (marked) yield SpaceMark.read(tokens.bytes(), start, end, into, at);
                System.arraycopy(tokens.bytes(), start, into, at, end - start);
                yield at + end - start;
            }
            case BYTE -> {
                String name = new String(tokens.bytes(), start, end - start, UTF_8);
                if (!name.matches("<0x[0-9A-Fa-f]{2}>")) throw new ModelException(file, "token " + id, "found a byte that is not written as <0x0A> is");
                into[at] = (byte) Integer.parseInt(name.substring(3, 5), 16);
                yield at + 1;
            }
            case UNKNOWN, UNUSED, UNDEFINED -> at;
            case ORDINARY -> throw new IllegalArgumentException("token " + id + " is ordinary");
        };
    }

    String file() {
        return file;
    }

    int size() {
        return types.length;
    }

    /// @throws IndexOutOfBoundsException unless `0 <= id < size()`
    Type type(int id) {
        return TYPES[types[id]];
    }

    boolean isOrdinary(int id) {
        return types[id] == ORDINARY;
    }

    /// What [#start(int)] and [#end(int)] are places in; not to be changed.
    byte[] bytes() {
        return bytes;
    }

    int start(int id) {
        return starts[id];
    }

    int end(int id) {
        return starts[id + 1];
    }

    /// Ids of the tokens that are found by name, by name, in the order of the ids. Of equal names the first is found.
    Map<String, Integer> named(Type... of) {
        var named = new LinkedHashMap<String, Integer>();
        for (int id = 0; id < types.length; id++) {
            if (types[id] == ORDINARY || !Arrays.asList(of).contains(type(id))) continue;
            named.putIfAbsent(new String(bytes, start(id), end(id) - start(id), UTF_8), id);
        }
        return Collections.unmodifiableMap(named);
    }

    /// How many tokens are of a type.
    int count(Type type) {
        int count = 0;
        for (byte one : types) if (one == type.ordinal()) count++;
        return count;
    }
}
