package tern.runtime.gguf;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.runtime.ModelException;
import tern.runtime.Quote;

/// A GGUF file: its metadata, and its tensors as slices of the mapped file.
///
/// ```java
/// try (Arena arena = Arena.ofShared()) {
///     Gguf model = Gguf.open(path, arena);
///     Tensor q = model.tensor("blk.0.attn_q.weight");
/// }
/// ```
public final class Gguf {

    private final String file;
    private final int version;
    private final Metadata metadata;
    private final List<Tensor> tensors;
    private final Map<String, Tensor> byName;
    private final MemorySegment bytes;

    Gguf(String file, MemorySegment bytes, int version, Metadata metadata, List<Tensor> tensors) {
        this.file = file;
        this.bytes = bytes;
        this.version = version;
        this.metadata = metadata;
        this.tensors = List.copyOf(tensors);
        this.byName = tensors.stream().collect(toUnmodifiableMap(Tensor::name, identity()));
    }

    /// Maps a file and checks all of its structure; the data of the tensors is not touched.
    ///
    /// The file must not be shortened while the arena lives: the machine answers a read beyond the end with a fault.
    ///
    /// @param arena owns the mapping, and so the data of every tensor and the arrays of the metadata
    /// @throws IOException    if it cannot be read
    /// @throws ModelException if it is no well-formed GGUF file
    public static Gguf open(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            return parse(path.toString(), channel.map(READ_ONLY, 0, channel.size(), arena));
        }
    }

    /// The same for a file that is in memory already.
    ///
    /// @param file name for messages
    /// @throws ModelException if it is no well-formed GGUF file
    public static Gguf parse(String file, MemorySegment bytes) {
        return new GgufParser(file, bytes).parse();
    }

    /// Lets go of what is in memory of a mapped file. What is read again comes back.
    public void unload() {
        if (bytes.isMapped()) bytes.unload();
    }

    /// Name of the file.
    public String file() {
        return file;
    }

    /// Version of the format, 2 or 3.
    public int version() {
        return version;
    }

    public Metadata metadata() {
        return metadata;
    }

    /// All tensors, in the file's order.
    public List<Tensor> tensors() {
        return tensors;
    }

    public Optional<Tensor> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /// @throws ModelException if the file has no such tensor
    public Tensor tensor(String name) {
        return find(name).orElseThrow(() -> new ModelException(file, "tensor " + Quote.of(name), "found no such tensor"));
    }
}
