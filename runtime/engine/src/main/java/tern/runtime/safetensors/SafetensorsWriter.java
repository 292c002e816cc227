package tern.runtime.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.gguf.Payload;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes a safetensors file: tensors of wider elements first, so that every tensor lies aligned; else in the order given.
public final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private record Planned(String name, Dtype dtype, List<Long> shape, long bytes, Payload payload) {}

    private final Map<String, Planned> tensors = new LinkedHashMap<>();

    /// A file with no tensors yet.
    public SafetensorsWriter() {}

    /// Adds a tensor.
    ///
    /// @param shape   elements per dimension, the last one fastest
    /// @param payload writes the tensor's bytes, when the file is written
    /// @throws IllegalArgumentException if the name is empty or taken
    public SafetensorsWriter tensor(String name, Dtype dtype, List<Long> shape, Payload payload) {
        long bytes = Math.multiplyExact(shape.stream().reduce(1L, Math::multiplyExact), (long) dtype.bytes());
        if (name.isEmpty() || tensors.containsKey(name)) throw new IllegalArgumentException("a name must be new and not empty: " + name);
        tensors.put(name, new Planned(name, dtype, List.copyOf(shape), bytes, payload));
        return this;
    }

    /// Writes the file, which must not exist.
    ///
    /// @throws IOException           if the disk or a payload fails
    /// @throws IllegalStateException if a payload writes more or less than its tensor holds
    public void write(Path target) throws IOException {
        List<Planned> order = new ArrayList<>(tensors.values());
        order.sort(Comparator.comparingInt(tensor -> -tensor.dtype.bytes()));
        byte[] header = header(order);
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer first = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
            while (first.hasRemaining()) channel.write(first);
            for (Planned tensor : order) {
                var counted = new Counted(channel, tensor.bytes);
                tensor.payload.write(counted);
                if (counted.room != 0)
                    throw new IllegalStateException("tensor %s: its payload wrote %d bytes less than %d".formatted(tensor.name, counted.room, tensor.bytes));
            }
            channel.force(true);
        }
    }

    private static byte[] header(List<Planned> order) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.putObject("__metadata__").put("format", "pt");
        long at = 0;
        for (Planned tensor : order) {
            ObjectNode node = root.putObject(tensor.name).put("dtype", tensor.dtype.name());
            var shape = node.putArray("shape");
            tensor.shape.forEach(n -> shape.add((long) n));
            node.putArray("data_offsets").add(at).add(at + tensor.bytes);
            at += tensor.bytes;
        }
        String json = JsonMapper.shared().writeValueAsString(root);
        int length = json.getBytes(UTF_8).length;
        return (json + " ".repeat(Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT - length)).getBytes(UTF_8);
    }

    /// A tensor's bytes: no payload runs into what follows, nor closes the file.
    private static final class Counted implements WritableByteChannel {
        private final FileChannel channel;
        private final long bytes;
        private long room;

        Counted(FileChannel channel, long bytes) {
            this.channel = channel;
            this.bytes = bytes;
            room = bytes;
        }

        @Override
        public int write(ByteBuffer data) throws IOException {
            int count = data.remaining();
            if (count > room) throw new IllegalStateException("a payload wrote more than its %d bytes".formatted(bytes));
            while (data.hasRemaining()) channel.write(data);
            room -= count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
