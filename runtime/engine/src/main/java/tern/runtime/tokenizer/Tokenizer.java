package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// Text to token ids and back. Safe for use by several threads.
public interface Tokenizer {

    /// Number of ids; they run from 0.
    int size();

    /// Gets ready to encode, which the first text would do otherwise: some tenths of a second for a large vocabulary, which another
    /// thread may spend while a model loads. Decoding needs none of it.
    ///
    /// @throws tern.runtime.ModelException if only now the vocabulary turns out to be damaged
    default void prepare() {}

    /// What of the vocabulary is passed over, a line each; that asks for [#prepare()].
    default List<String> notes() {
        return List.of();
    }

    /// Ids of a text in which nothing is special: `<|eot_id|>` in what a user typed is nine characters or so, not the
    /// end of the turn. No begin-of-text is put before it. An unpaired surrogate reads as U+FFFD.
    int[] encode(String text);

    /// The same, but names of special tokens become those tokens, the longest name first. For text of our own, such as
    /// a chat template.
    int[] encodeWithSpecials(String text);

    /// UTF-8 bytes of a token, perhaps a part of a character only; none for a special token, unless its name is text.
    ///
    /// @throws IndexOutOfBoundsException unless `0 <= id < size()`
    byte[] decode(int id);

    /// Ids of the special tokens by name, in the order of the ids.
    Map<String, Integer> specials();

    /// Begins every text, where the model has such a token.
    OptionalInt bos();

    /// Ends a text, where the model has such a token.
    OptionalInt eos();

    /// Generation ends with any of these: end of text, end of turn.
    Set<Integer> stops();

    /// @throws IllegalArgumentException if there is none of that name
    default int special(String name) {
        Integer id = specials().get(name);
        if (id == null) throw new IllegalArgumentException("no special token is named " + name);
        return id;
    }

    /// The text of all tokens together; bytes that are no UTF-8 become U+FFFD. A space that encoding puts before every text is not of it.
    ///
    /// @throws IndexOutOfBoundsException if there is no such id
    default String decode(int[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) bytes.writeBytes(decode(id));
        return bytes.toString(UTF_8);
    }
}
