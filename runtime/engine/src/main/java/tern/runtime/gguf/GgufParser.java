package tern.runtime.gguf;

import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.ModelException;
import tern.runtime.Quote;

/// Reads a GGUF file front to back, once, and believes nothing in it.
final class GgufParser {

    static final int MAGIC = 0x46554747; // "GGUF", little-endian
    static final int DEFAULT_ALIGNMENT = 32;

    private static final int MAX_ALIGNMENT = 1 << 20;
    /// The 2B4T file has 24 keys and 332 tensors.
    private static final int MAX_ENTRIES = 1 << 16;
    private static final int LONGEST_NAME = 1 << 16;
    /// Least bytes of a key: length, one character, type, a one-byte value.
    private static final int LEAST_KEY = 8 + 1 + 4 + 1;
    /// Least bytes of a tensor info: length, one character, dimensions, one of them, type, offset.
    private static final int LEAST_INFO = 8 + 1 + 4 + 8 + 4 + 8;

    /// A tensor before the data section is known.
    ///
    /// @param offset of its data, from the start of the data section
    /// @param bytes  size of its data
    /// @param at     byte of the file at which `offset` stands
    private record TensorInfo(String name, List<Long> ne, TensorType type, long offset, long bytes, long at) {
        String part() {
            return "tensor " + Quote.of(name);
        }
    }

    private final String file;
    private final MemorySegment bytes;
    private final Cursor cursor;

    GgufParser(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes.asReadOnly();
        this.cursor = new Cursor(file, "header", this.bytes, 0);
    }

    Gguf parse() {
        int magic = cursor.i32();
        if (magic != MAGIC)
            throw cursor.wrong(0, "found 0x%08x, expected the magic 0x%08x (\"GGUF\")%s".formatted(magic, MAGIC, otherKind(magic)));
        int version = cursor.i32();
        if (version != 2 && version != 3) throw cursor.wrong(4, refusal(version));
        long tensors = entries("tensors", LEAST_INFO);
        long keys = entries("keys", LEAST_KEY);

        Metadata metadata = new Metadata(file, keys(keys));
        long alignment = alignment(metadata);
        List<TensorInfo> infos = infos(tensors);
        long start = Math.ceilDiv(cursor.offset(), alignment) * alignment;
        infos = withBlocksOf128(infos, bytes.byteSize() - start, alignment);
        infos.forEach(info -> checkRange(info, start, alignment));
        checkOverlap(infos);
        return new Gguf(file, List.of(), List.of(bytes), version, metadata, infos.stream().map(info -> tensor(info, start)).toList());
    }

    private static String refusal(int version) {
        String problem = "found version %s, expected 2 or 3".formatted(Integer.toUnsignedString(version));
        if (version == 1) return problem + "; convert the original again, or load and save it with a llama.cpp from 2023";
        int swapped = Integer.reverseBytes(version);
        return swapped >= 1 && swapped <= 3 ? problem + "; the file is big-endian, and llama.cpp's gguf_convert_endian.py turns it round" : problem;
    }

    /// What users take for GGUF files, by the first four bytes.
    private static String otherKind(int magic) {
        return switch (magic) {
            case 0x67676d6c, 0x67676d66, 0x67676a74, 0x67676c61 ->
                "; it is of a format from before GGUF, which llama.cpp's convert_llama_ggml_to_gguf.py converts";
            case 0x73726576 -> "; it may be a Git LFS pointer in place of the file: git lfs pull fetches it";
            case 0x04034b50 -> "; it is a ZIP archive, as PyTorch's pickles are, which may run any code and is not read";
            case 0x6f64213c, 0x6d74683c -> "; it is a web page: the download failed";
            default -> "";
        };
    }

    private long entries(String things, int each) {
        long at = cursor.offset();
        long count = cursor.count(things, each);
        if (count > MAX_ENTRIES)
            throw cursor.wrong(at, "found %d %s, expected at most %d".formatted(count, things, MAX_ENTRIES));
        return count;
    }

    private Map<String, Metadata.Entry> keys(long count) {
        var entries = new LinkedHashMap<String, Metadata.Entry>();
        for (long i = 0; i < count; i++) {
            long number = i + 1;
            cursor.enter(() -> "key %d of %d".formatted(number, count));
            long at = cursor.offset();
            String key = name();
            cursor.enter(() -> Metadata.part(key));
            if (entries.containsKey(key)) throw cursor.wrong(at, "found it a second time, expected each key once");
            ValueType type = type();
            long begin = cursor.offset();
            entries.put(key, new Metadata.Entry(value(type), begin));
        }
        return entries;
    }

    private ValueType type() {
        long at = cursor.offset();
        int id = cursor.i32();
        if (id < 0 || id >= ValueType.values().length)
            throw cursor.wrong(at, "found value type %s, expected 0 to %d"
                    .formatted(Integer.toUnsignedString(id), ValueType.values().length - 1));
        return ValueType.values()[id];
    }

    private Value value(ValueType type) {
        return switch (type) {
            case U8 -> new Value.Int(type, Byte.toUnsignedLong(cursor.i8()));
            case I8 -> new Value.Int(type, cursor.i8());
            case U16 -> new Value.Int(type, Short.toUnsignedLong(cursor.i16()));
            case I16 -> new Value.Int(type, cursor.i16());
            case U32 -> new Value.Int(type, Integer.toUnsignedLong(cursor.i32()));
            case I32 -> new Value.Int(type, cursor.i32());
            case U64, I64 -> new Value.Int(type, cursor.i64());
            case F32 -> new Value.Real(type, cursor.f32());
            case F64 -> new Value.Real(type, cursor.f64());
            case BOOL -> new Value.Bool(bool());
            case TEXT -> new Value.Text(cursor.text(Metadata.LONGEST_TEXT));
            case ARRAY -> array();
        };
    }

    private boolean bool() {
        long at = cursor.offset();
        byte value = cursor.i8();
        if (value != 0 && value != 1) throw cursor.wrong(at, "found bool %d, expected 0 or 1".formatted(value));
        return value == 1;
    }

    private Value array() {
        long typeAt = cursor.offset();
        ValueType element = type();
        // The reference reader refuses nested arrays as well, and no known writer makes them.
        if (element == ValueType.ARRAY) throw cursor.wrong(typeAt, "found an array of arrays, expected plain elements");
        if (element != ValueType.TEXT) {
            long count = cursor.count("elements", element.bytes());
            return new Value.Array(element, count, cursor.slice(count * element.bytes()));
        }
        long count = cursor.count("texts", 8);
        long begin = cursor.offset();
        cursor.skipTexts(count);
        return new Value.Array(element, count, bytes.asSlice(begin, cursor.offset() - begin));
    }

    private long alignment(Metadata metadata) {
        if (!metadata.has("general.alignment")) return DEFAULT_ALIGNMENT;
        int alignment = metadata.count("general.alignment");
        // Eight at least, so that every scalar of a tensor lies aligned in memory.
        if (alignment < 8 || alignment > MAX_ALIGNMENT || Integer.bitCount(alignment) != 1)
            throw new ModelException(file, Metadata.part("general.alignment"),
                    "found %d, expected a power of two from 8 to %d".formatted(alignment, MAX_ALIGNMENT));
        return alignment;
    }

    private List<TensorInfo> infos(long count) {
        var infos = new LinkedHashMap<String, TensorInfo>();
        for (long i = 0; i < count; i++) {
            long number = i + 1;
            cursor.enter(() -> "tensor %d of %d".formatted(number, count));
            long at = cursor.offset();
            TensorInfo info = info();
            if (infos.putIfAbsent(info.name(), info) != null)
                throw cursor.wrong(at, "found it a second time, expected each tensor once");
        }
        return List.copyOf(infos.values());
    }

    private TensorInfo info() {
        String name = name();
        cursor.enter(() -> "tensor " + Quote.of(name));
        long at = cursor.offset();
        int dimensions = cursor.i32();
        if (dimensions < 1 || dimensions > TensorType.MAX_DIMENSIONS)
            throw cursor.wrong(at, "found %s dimensions, expected 1 to %d"
                    .formatted(Integer.toUnsignedString(dimensions), TensorType.MAX_DIMENSIONS));
        var ne = new ArrayList<Long>();
        for (int i = 0; i < dimensions; i++) ne.add(cursor.i64());

        long typeAt = cursor.offset();
        int id = cursor.i32();
        TensorType type = TensorType.of(id).orElseThrow(() -> cursor.wrong(typeAt, "found unknown tensor type %s".formatted(Integer.toUnsignedString(id))));
        long size;
        try {
            size = type.bytes(ne);
        } catch (IllegalArgumentException e) {
            throw cursor.wrong(type.readable() ? at : typeAt, requireNonNull(e.getMessage()));
        }
        long offsetAt = cursor.offset();
        return new TensorInfo(name, ne, type, cursor.i64(), size, offsetAt);
    }

    private String name() {
        long at = cursor.offset();
        String name = cursor.text(LONGEST_NAME);
        if (name.isEmpty()) throw cursor.wrong(at, "found an empty name");
        return name;
    }

    /// Tensors of type 42 for which the blocks of 64 weights are too long, or leave a gap that those of 128 do not, have blocks of 128.
    ///
    /// @param room bytes of the data section
    private static List<TensorInfo> withBlocksOf128(List<TensorInfo> infos, long room, long alignment) {
        if (infos.stream().noneMatch(info -> info.type() == TensorType.Q2_0)) return infos;
        long[] starts = infos.stream().mapToLong(TensorInfo::offset).sorted().toArray();
        return infos.stream().map(info -> {
            if (info.type() != TensorType.Q2_0 || info.ne().getFirst() % 128 != 0) return info;
            long next = Arrays.stream(starts).filter(at -> at > info.offset()).findFirst().orElse(room);
            long shorter = TensorType.Q2_0_128.bytes(info.ne()), extent = next - info.offset();
            boolean fits = info.bytes() <= extent, fillsShorter = extent >= shorter && extent - shorter < alignment;
            if (fits && (extent - info.bytes() < alignment || !fillsShorter)) return info;
            return new TensorInfo(info.name(), info.ne(), TensorType.Q2_0_128, info.offset(), shorter, info.at());
        }).toList();
    }

    private void checkRange(TensorInfo info, long start, long alignment) {
        if (info.offset() % alignment != 0)
            throw wrong(info, "found data offset %s, expected a multiple of %d"
                    .formatted(Long.toUnsignedString(info.offset()), alignment));
        long room = bytes.byteSize() - start;
        if (info.offset() < 0 || info.bytes() > room || info.offset() > room - info.bytes())
            throw wrong(info, "found %d bytes of data from offset %s, expected them within the %d bytes of the data section"
                    .formatted(info.bytes(), Long.toUnsignedString(info.offset()), Math.max(0, room)));
    }

    private void checkOverlap(List<TensorInfo> infos) {
        List<TensorInfo> byOffset = infos.stream().sorted(comparingLong(TensorInfo::offset)).toList();
        for (int i = 1; i < byOffset.size(); i++) {
            TensorInfo before = byOffset.get(i - 1), info = byOffset.get(i);
            if (info.offset() < before.offset() + before.bytes())
                throw wrong(info, "found data offset %d, expected %d or more, where %s ends"
                        .formatted(info.offset(), before.offset() + before.bytes(), before.part()));
        }
    }

    private ModelException wrong(TensorInfo info, String problem) {
        return new ModelException(file, info.part(), info.at(), problem);
    }

    private Tensor tensor(TensorInfo info, long start) {
        long offset = start + info.offset();
        return new Tensor(file, info.name(), info.ne(), info.type(), offset, bytes.asSlice(offset, info.bytes()));
    }
}
