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
    /// Of all shards.
    private final List<MemorySegment> bytes;
    private final List<Path> paths;

    Gguf(String file, List<Path> paths, List<MemorySegment> bytes, int version, Metadata metadata, List<Tensor> tensors) {
        this.file = file;
        this.paths = List.copyOf(paths);
        this.bytes = List.copyOf(bytes);
        this.version = version;
        this.metadata = metadata;
        this.tensors = List.copyOf(tensors);
        this.byName = tensors.stream().collect(toUnmodifiableMap(Tensor::name, identity()));
    }

    /// Maps a file and checks all of its structure; the data of the tensors is not touched. One of several shards stands for all.
    ///
    /// The file must not be shortened while the arena lives: the machine answers a read beyond the end with a fault.
    ///
    /// @param arena owns the mapping, and so the data of every tensor and the arrays of the metadata
    /// @throws IOException    if it cannot be read
    /// @throws ModelException if it is no well-formed GGUF file, or a shard of a model is missing
    public static Gguf open(Path path, Arena arena) throws IOException {
        Gguf file = one(path, arena);
        return GgufShards.isShard(file) ? GgufShards.join(path, file, arena) : file;
    }

    static Gguf one(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            Gguf file = parse(path.toString(), channel.map(READ_ONLY, 0, channel.size(), arena));
            return new Gguf(file.file, List.of(path), file.bytes, file.version, file.metadata, file.tensors);
        }
    }

    /// Shards as one; the first has the keys.
    static Gguf joined(String file, List<Gguf> shards, List<Tensor> tensors) {
        Gguf first = shards.getFirst();
        List<Path> paths = shards.stream().flatMap(shard -> shard.paths.stream()).toList();
        return new Gguf(file, paths, shards.stream().flatMap(shard -> shard.bytes.stream()).toList(), first.version, first.metadata, tensors);
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
        for (MemorySegment shard : bytes) if (shard.isMapped()) shard.unload();
    }

    /// Where it was read from; several shards have several, and what was in memory has none.
    public List<Path> paths() {
        return paths;
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
