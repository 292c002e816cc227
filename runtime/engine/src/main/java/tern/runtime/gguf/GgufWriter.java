package tern.runtime.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.ir.store.WholeFile;
import tern.runtime.Quote;

/// Writes a GGUF v3 file: keys and tensors in the order given, data aligned to 32 bytes.
///
/// ```java
/// new GgufWriter()
///         .put("general.architecture", Value.text("bitnet-b1.58"))
///         .tensor("output_norm.weight", List.of(2560L), TensorType.F32, Payload.of(norm))
///         .write(path);
/// ```
public final class GgufWriter {

    private static final int ALIGNMENT = GgufParser.DEFAULT_ALIGNMENT;

    private record Planned(List<Long> ne, TensorType type, long bytes, Payload payload) {}

    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Map<String, Planned> tensors = new LinkedHashMap<>();

    /// A file with no keys and no tensors yet.
    public GgufWriter() {}

    /// Adds a key.
    ///
    /// @throws IllegalArgumentException if it is empty, is there already, or asks for an alignment other than 32
    public GgufWriter put(String key, Value value) {
        if (key.equals("general.alignment") && !(value instanceof Value.Int(_, var n) && n == ALIGNMENT))
            throw new IllegalArgumentException("general.alignment is %d here, not %s".formatted(ALIGNMENT, value));
        requireNew(key, values);
        values.put(key, value);
        return this;
    }

    /// Adds a tensor.
    ///
    /// @param ne      elements per dimension, `ne[0]` = k fastest
    /// @param payload writes `type.bytes(ne)` bytes, when the file is written
    /// @throws IllegalArgumentException if the name is empty or taken, or `type` cannot hold that shape
    public GgufWriter tensor(String name, List<Long> ne, TensorType type, Payload payload) {
        requireNew(name, tensors);
        tensors.put(name, new Planned(List.copyOf(ne), type, type.bytes(ne), payload));
        return this;
    }

    private static void requireNew(String name, Map<String, ?> taken) {
        if (name.isEmpty()) throw new IllegalArgumentException("a name must not be empty");
        if (taken.containsKey(name)) throw new IllegalArgumentException(name + " is there already");
    }

    /// Writes a [WholeFile].
    ///
    /// @throws IOException           if the disk or a payload fails
    /// @throws IllegalStateException if a payload writes more or less than its tensor holds
    public void write(Path target) throws IOException {
        WholeFile.write(target, channel -> {
            var sink = new Sink(channel);
            writeHeader(sink);
            for (var tensor : tensors.entrySet()) writeData(sink, tensor.getKey(), tensor.getValue());
            sink.flush();
        });
    }

    private void writeHeader(Sink sink) throws IOException {
        sink.i32(GgufParser.MAGIC).i32(3).i64(tensors.size()).i64(values.size());
        for (var entry : values.entrySet()) {
            sink.text(entry.getKey()).i32(entry.getValue().type().ordinal());
            writeValue(sink, entry.getValue());
        }
        long offset = 0;
        for (var entry : tensors.entrySet()) {
            Planned tensor = entry.getValue();
            sink.text(entry.getKey()).i32(tensor.ne().size());
            for (long n : tensor.ne()) sink.i64(n);
            sink.i32(tensor.type().id()).i64(offset);
            offset += Math.ceilDiv(tensor.bytes(), (long) ALIGNMENT) * ALIGNMENT;
        }
        sink.pad(ALIGNMENT);
    }

    private static void writeValue(Sink sink, Value value) throws IOException {
        switch (value) {
            case Value.Int(var type, var n) -> sink.integer(n, type.bytes());
            case Value.Real(var type, var x) when type == ValueType.F32 -> sink.i32(Float.floatToRawIntBits((float) x));
            case Value.Real(_, var x) -> sink.i64(Double.doubleToRawLongBits(x));
            case Value.Bool(var b) -> sink.integer(b ? 1 : 0, 1);
            case Value.Text(var text) -> sink.text(text);
            case Value.Array(var element, var count, var encoded) -> {
                sink.i32(element.ordinal()).i64(count);
                Payload.of(encoded).write(new Extent(sink, "array", encoded.byteSize()));
            }
        }
    }

    private static void writeData(Sink sink, String name, Planned tensor) throws IOException {
        var extent = new Extent(sink, "tensor " + Quote.of(name), tensor.bytes());
        tensor.payload().write(extent);
        extent.requireFull();
        sink.pad(ALIGNMENT);
    }
}
