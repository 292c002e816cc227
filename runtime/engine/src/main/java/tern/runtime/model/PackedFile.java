package tern.runtime.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import tern.runtime.ModelException;

/// A file of packed weights in a cache folder, as its header describes it.
///
/// The header, [#HEADER] bytes: magic, version, length of the key, the key, zeros up to byte [#ABOUT]; there the checksum of all that follows the
/// header, the digest and the path of the model, each text after its length. Files of earlier versions have zeros in the place of these.
///
/// @param used    when a model was last run from it
/// @param version of what is in it
/// @param origin  what it was packed from, where it says so
public record PackedFile(Path file, long bytes, Instant used, int version, Optional<Origin> origin) {

    static final int HEADER = 4096;

    /// Raised when the content of the file means something else.
    static final int VERSION = 3;

    private static final byte[] MAGIC = "TERNPACK".getBytes(US_ASCII);
    private static final int ABOUT = 64, LONGEST_PATH = 2048, CHUNK = 1 << 24;

    /// @param model    its path
    /// @param digest   what [ModelSource#digest(Path)] said
    /// @param checksum CRC-32C of all that follows the header
    public record Origin(Path model, String digest, int checksum) {}

    /// What became of the model.
    public enum Fate {
        /// It is there, and this file is its own.
        THERE,
        /// Another lies in its place: the file will never be asked for.
        CHANGED,
        GONE,
        /// The file is of another version of Tern, and will never be asked for by this one.
        OUTDATED,
        /// The file does not say which it was.
        UNKNOWN
    }

    /// The files of packed weights in a folder, the largest first. What else lies there is passed over.
    public static List<PackedFile> in(Path folder) throws IOException {
        var packed = new ArrayList<PackedFile>();
        if (!Files.isDirectory(folder)) return packed;
        try (var files = Files.newDirectoryStream(folder, "*.packed")) {
            for (Path file : files) read(file).ifPresent(packed::add);
        }
        packed.sort(java.util.Comparator.comparingLong(PackedFile::bytes).reversed());
        return packed;
    }

    private static Optional<PackedFile> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) return Optional.empty();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER);
            for (int read = 0; read >= 0 && header.hasRemaining();) read = channel.read(header);
            if (header.hasRemaining() || !header.flip().slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) return Optional.empty();
            return Optional.of(new PackedFile(file, channel.size(), Files.getLastModifiedTime(file).toInstant(), header.getInt(MAGIC.length),
                    origin(header.position(ABOUT))));
        }
    }

    private static Optional<Origin> origin(ByteBuffer about) {
        int checksum = about.getInt();
        Optional<String> digest = text(about), model = text(about);
        if (digest.isEmpty() || model.isEmpty()) return Optional.empty();
        try {
            return Optional.of(new Origin(Path.of(model.get()), digest.get(), checksum));
        } catch (InvalidPathException e) {
            return Optional.empty(); // damaged
        }
    }

    private static Optional<String> text(ByteBuffer from) {
        int length = from.getInt();
        if (length < 1 || length > Math.min(LONGEST_PATH, from.remaining())) return Optional.empty();
        byte[] text = new byte[length];
        from.get(text);
        return Optional.of(new String(text, UTF_8));
    }

    /// The part of the header that tells one file from another.
    static byte[] identity(String key) {
        byte[] name = key.getBytes(US_ASCII);
        return ByteBuffer.allocate(MAGIC.length + 8 + name.length).put(MAGIC).putInt(VERSION).putInt(name.length).put(name).array();
    }

    static ByteBuffer header(String key, Origin origin) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).put(identity(key));
        byte[] digest = origin.digest.getBytes(UTF_8), model = origin.model.toString().getBytes(UTF_8);
        if (digest.length <= LONGEST_PATH && model.length <= LONGEST_PATH - ABOUT)
            header.position(ABOUT).putInt(origin.checksum).putInt(digest.length).put(digest).putInt(model.length).put(model);
        return header.rewind().limit(HEADER);
    }

    /// Looks whether the model is still what it was; one that was touched is read for that.
    public Fate fate() {
        if (version != VERSION) return Fate.OUTDATED;
        if (origin.isEmpty()) return Fate.UNKNOWN;
        Path model = origin.get().model;
        if (!Files.exists(model)) return Fate.GONE;
        String digest = origin.get().digest;
        try (Arena arena = Arena.ofShared()) {
            String now = ModelSource.open(model, arena, digest.endsWith(GgufModel.ARM)).digest(Objects.requireNonNull(file.toAbsolutePath().getParent()));
            return now.equals(digest) ? Fate.THERE : Fate.CHANGED;
        } catch (IOException | ModelException | IllegalArgumentException e) {
            return Fate.CHANGED;
        }
    }

    /// Whether the content is what was written; empty if the file does not say what that was. Reads all of it.
    public Optional<Boolean> isWhole() throws IOException {
        if (origin.isEmpty()) return Optional.empty();
        var sum = new CRC32C();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(Math.clamp(channel.size(), 1, CHUNK));
            for (long at = HEADER; channel.read(chunk.clear(), at) > 0; at += chunk.limit()) sum.update(chunk.flip().duplicate());
        }
        return Optional.of((int) sum.getValue() == origin.get().checksum);
    }
}
