package tern.runtime.gguf;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.stream.Collectors.joining;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.Quote;

/// The key-value pairs of a GGUF file, in its order.
///
/// A getter throws [ModelException] if the key is absent or its value is of another kind. Converters disagree about
/// widths, so any integer type serves where an integer is asked for.
public final class Metadata {

    /// Longest single text that is decoded; chat templates are some ten thousand bytes.
    static final int LONGEST_TEXT = 1 << 24;

    /// Most elements that are decoded; merges of the Llama-3 vocabulary are 280147.
    private static final int LONGEST_ARRAY = 1 << 24;

    /// Bytes before the first element of an array: the elements' type and their count.
    private static final int ARRAY_HEADER = 4 + 8;

    /// Bytes of an array of texts that are copied; those of the Llama-3 vocabulary and its merges are 8 million.
    private static final int MOST_TEXT = 1 << 30;

    private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    /// @param offset byte of the file at which the value begins
    record Entry(Value value, long offset) {}

    private final String file;
    private final Map<String, Entry> entries;

    /// @param entries handed over, in the order of the file
    Metadata(String file, Map<String, Entry> entries) {
        this.file = file;
        this.entries = Collections.unmodifiableMap(entries);
    }

    /// Name of the file.
    public String file() {
        return file;
    }

    public Set<String> keys() {
        return entries.keySet();
    }

    public boolean has(String key) {
        return entries.containsKey(key);
    }

    public Optional<Value> find(String key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::value);
    }

    /// @throws ModelException unless it is an integer; a u64 from 2^63 on is refused too
    public long integer(String key) {
        Entry entry = entry(key);
        if (entry.value() instanceof Value.Int(var type, var value)) {
            if (type == ValueType.U64 && value < 0) throw wrong(key, entry, "an integer below 2^63");
            return value;
        }
        throw wrong(key, entry, "an integer");
    }

    /// A size or an id.
    ///
    /// @throws ModelException unless it is an integer from 0 to 2^31 - 1
    public int count(String key) {
        long value = integer(key);
        if (value < 0 || value > Integer.MAX_VALUE) throw wrong(key, entry(key), "0 to " + Integer.MAX_VALUE);
        return (int) value;
    }

    /// [#count(String)], or `absent` where the file has no such key.
    public int count(String key, int absent) {
        return has(key) ? count(key) : absent;
    }

    /// @throws ModelException unless it is a floating-point number
    public double real(String key) {
        Entry entry = entry(key);
        if (entry.value() instanceof Value.Real(_, var value)) return value;
        throw wrong(key, entry, "a floating-point number");
    }

    /// [#real(String)], or `absent` where the file has no such key.
    public double real(String key, double absent) {
        return has(key) ? real(key) : absent;
    }

    /// @throws ModelException unless it is a bool
    public boolean bool(String key) {
        Entry entry = entry(key);
        if (entry.value() instanceof Value.Bool(var value)) return value;
        throw wrong(key, entry, "a bool");
    }

    /// [#bool(String)], or `absent` where the file has no such key.
    public boolean bool(String key, boolean absent) {
        return has(key) ? bool(key) : absent;
    }

    /// @throws ModelException unless it is a text
    public String text(String key) {
        Entry entry = entry(key);
        if (entry.value() instanceof Value.Text(var value)) return value;
        throw wrong(key, entry, "a text");
    }

    /// [#text(String)], or `absent` where the file has no such key.
    public String text(String key, String absent) {
        return has(key) ? text(key) : absent;
    }

    /// Elements of an array.
    ///
    /// @throws ModelException unless it is one
    public long length(String key) {
        return array(key, EnumSet.allOf(ValueType.class)).count();
    }

    /// Decodes an array of texts, anew on each call.
    ///
    /// @throws ModelException unless it is one, of well-formed UTF-8
    public List<String> texts(String key) {
        Value.Array array = array(key, Set.of(ValueType.TEXT));
        var cursor = new Cursor(file, part(key), array.encoded(), entry(key).offset() + ARRAY_HEADER);
        var texts = new ArrayList<String>();
        for (long i = 0; i < array.count(); i++) texts.add(cursor.text(LONGEST_TEXT));
        return Collections.unmodifiableList(texts);
    }

    /// An array of texts as it is encoded; whether they are UTF-8 is not asked.
    ///
    /// @throws ModelException unless it is one, of less than 2^30 bytes
    public TextArray encodedTexts(String key) {
        Value.Array array = array(key, Set.of(ValueType.TEXT));
        if (array.encoded().byteSize() >= MOST_TEXT) throw wrong(key, entry(key), "at most %d bytes of text".formatted(MOST_TEXT));
        return new TextArray(array);
    }

    /// Decodes an array of f32, anew on each call.
    ///
    /// @throws ModelException unless it is one
    public float[] f32s(String key) {
        return array(key, Set.of(ValueType.F32)).encoded().toArray(FLOAT);
    }

    /// Decodes an array of i32 or u32, anew on each call.
    ///
    /// @throws ModelException unless it is one
    public int[] i32s(String key) {
        return array(key, Set.of(ValueType.I32, ValueType.U32)).encoded().toArray(INT);
    }

    private Value.Array array(String key, Set<ValueType> elements) {
        Entry entry = entry(key);
        if (!(entry.value() instanceof Value.Array array) || !elements.contains(array.element()))
            throw wrong(key, entry, "an array of " + elements.stream().map(Enum::name).sorted().collect(joining(" or ")));
        if (array.count() > LONGEST_ARRAY) throw wrong(key, entry, "at most %d elements".formatted(LONGEST_ARRAY));
        return array;
    }

    private Entry entry(String key) {
        Entry entry = entries.get(key);
        if (entry == null) throw new ModelException(file, part(key), "found no such key");
        return entry;
    }

    private ModelException wrong(String key, Entry entry, String expected) {
        String problem = "found %s %s, expected %s".formatted(entry.value().type(), entry.value(), expected);
        return new ModelException(file, part(key), entry.offset(), problem);
    }

    static String part(String key) {
        return "key " + Quote.of(key);
    }
}
