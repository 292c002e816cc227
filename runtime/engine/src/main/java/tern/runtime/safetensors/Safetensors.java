package tern.runtime.safetensors;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.util.Comparator.comparingLong;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tern.runtime.json.JsonTree;

/// A safetensors file: its tensors as slices of the mapped file.
public final class Safetensors {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// The header of a checkpoint with 65536 tensors has 10 MB.
    private static final int LONGEST_HEADER = 1 << 25, MOST_TENSORS = 1 << 16, MOST_DIMENSIONS = 8;

    private static final int PREFIX = 8;

    private static final String METADATA = "__metadata__";

    private final String file;
    private final List<StoredTensor> tensors;
    private final Map<String, String> metadata;

    private Safetensors(String file, List<StoredTensor> tensors, Map<String, String> metadata) {
        this.file = file;
        this.tensors = List.copyOf(tensors);
        this.metadata = metadata;
    }

    /// Maps a file and checks all of its structure; the data of the tensors is not touched.
    ///
    /// The file must not be shortened while the arena lives: the machine answers a read beyond the end with a fault.
    ///
    /// @param arena owns the mapping, and so the data of every tensor
    /// @throws IOException    if it cannot be read
    /// @throws ModelException if it is no well-formed safetensors file
    public static Safetensors open(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            return parse(path.toString(), channel.map(READ_ONLY, 0, channel.size(), arena));
        }
    }

    /// The same for a file that is in memory already.
    ///
    /// @param file name for messages
    /// @throws ModelException if it is no well-formed safetensors file
    public static Safetensors parse(String file, MemorySegment bytes) {
        if (bytes.byteSize() < PREFIX)
            throw new ModelException(file, "header", 0, "found %d bytes, expected 8 of u64 at least".formatted(bytes.byteSize()));
        long length = bytes.get(LONG, 0), room = bytes.byteSize() - PREFIX;
        if (length < 0 || length > room || length > LONGEST_HEADER)
            throw new ModelException(file, "header", 0, "found a header of %s bytes, expected at most %d"
                    .formatted(Long.toUnsignedString(length), Math.min(room, LONGEST_HEADER)));
        if (length == 0 || bytes.get(ValueLayout.JAVA_BYTE, PREFIX) != '{')
            throw new ModelException(file, "header", PREFIX, "found no '{', with which JSON begins here");
        byte[] json = bytes.asSlice(PREFIX, length).toArray(ValueLayout.JAVA_BYTE);
        JsonTree header = JsonTree.parse(file, "header", json);
        return new Safetensors(file, tensors(header, bytes.asReadOnly(), PREFIX + length), metadata(header));
    }

    private static Map<String, String> metadata(JsonTree header) {
        var texts = new LinkedHashMap<String, String>();
        header.find(METADATA).ifPresent(tree -> tree.keys().forEach(key -> texts.put(key, tree.text(key))));
        return texts;
    }

    private static List<StoredTensor> tensors(JsonTree header, MemorySegment bytes, long start) {
        if (header.keys().size() > MOST_TENSORS)
            throw new ModelException(header.file(), "header",
                    "found %d tensors, expected at most %d".formatted(header.keys().size(), MOST_TENSORS));
        var tensors = new ArrayList<StoredTensor>();
        for (String name : header.keys())
            if (!name.equals(METADATA)) tensors.add(tensor(header, name, bytes, start));
        checkRanges(header.file(), tensors, start, bytes.byteSize());
        return tensors;
    }

    private static StoredTensor tensor(JsonTree header, String name, MemorySegment bytes, long start) {
        if (name.isEmpty()) throw new ModelException(header.file(), "header", "found an empty name of a tensor");
        JsonTree entry = header.object(name);
        String type = entry.text("dtype");
        Dtype dtype = Dtype.of(type).orElseThrow(() -> wrong(header, name, "found dtype %s, which Tern does not know".formatted(Quote.of(type))));
        List<Long> shape = entry.longs("shape"), offsets = entry.longs("data_offsets");
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1) || offsets.get(1) > bytes.byteSize() - start)
            throw wrong(header, name, "found data offsets %s, expected a begin and an end within the %d bytes of the data"
                    .formatted(offsets, bytes.byteSize() - start));
        long size = offsets.get(1) - offsets.get(0);
        if (size != bytes(header, name, dtype, shape))
            throw wrong(header, name, "found %d bytes of data, expected %d for %s%s"
                    .formatted(size, bytes(header, name, dtype, shape), dtype, shape));
        long offset = start + offsets.get(0);
        return new StoredTensor(header.file(), name, dtype, shape, offset, bytes.asSlice(offset, size));
    }

    private static long bytes(JsonTree header, String name, Dtype dtype, List<Long> shape) {
        if (shape.size() > MOST_DIMENSIONS)
            throw wrong(header, name, "found %d dimensions, expected at most %d".formatted(shape.size(), MOST_DIMENSIONS));
        if (shape.contains(0L)) throw wrong(header, name, "found shape %s, expected positive dimensions".formatted(shape));
        try {
            return Math.multiplyExact(shape.stream().reduce(1L, Math::multiplyExact), (long) dtype.bytes());
        } catch (ArithmeticException _) {
            throw wrong(header, name, "found shape %s, expected less than 2^63 bytes".formatted(shape));
        }
    }

    /// The format leaves neither gaps nor overlaps: every byte belongs to one tensor.
    private static void checkRanges(String file, List<StoredTensor> tensors, long start, long end) {
        long at = start;
        for (StoredTensor tensor : tensors.stream().sorted(comparingLong(StoredTensor::offset)).toList()) {
            if (tensor.offset() != at)
                throw new ModelException(file, "tensor " + Quote.of(tensor.name()), tensor.offset(),
                        "found its data there, expected it at byte %d, where the data before it ends".formatted(at));
            at += tensor.data().byteSize();
        }
        if (at != end)
            throw new ModelException(file, "data", at, "found %d bytes that belong to no tensor, expected none".formatted(end - at));
    }

    private static ModelException wrong(JsonTree header, String name, String problem) {
        return new ModelException(header.file(), "tensor " + Quote.of(name), problem);
    }

    /// Name of the file.
    public String file() {
        return file;
    }

    /// All tensors, in the header's order.
    public List<StoredTensor> tensors() {
        return tensors;
    }

    /// What the header says besides, e.g. `format` = `pt`.
    public Map<String, String> metadata() {
        return metadata;
    }
}
