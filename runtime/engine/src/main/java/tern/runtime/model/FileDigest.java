package tern.runtime.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.ir.store.Kind;
import tern.ir.store.Store;

/// The identity of some files: SHA-256 of all their bytes. A digest is kept, and taken anew unless the file's device, inode, size, and times
/// of last change of content and of inode are what they were.
final class FileDigest {

    /// A file that changes twice within a tick of its clock looks unchanged; a digest is kept only when the last change is older than this.
    private static final Duration SETTLED = Duration.ofSeconds(2);

    private static final int CHUNK = 1 << 20;

    private FileDigest() {}

    /// @param folder of kept digests
    static String of(List<Path> files, Path folder) throws IOException {
        var store = new Store(folder, Kind.DIGEST);
        MessageDigest all = Store.sha();
        for (Path file : files) all.update(of(file, store, Instant.now()).getBytes(US_ASCII));
        return HexFormat.of().formatHex(all.digest(), 0, 16);
    }

    /// @param now before which the file must have settled, for its digest to be kept
    static String of(Path file, Store store, Instant now) throws IOException {
        Optional<State> before = State.of(file);
        String key = file.toAbsolutePath().normalize().toString();
        if (before.isPresent()) {
            String state = before.get() + "\n";
            Optional<String> kept = store.find(key).map(bytes -> new String(bytes, UTF_8)).filter(text -> text.startsWith(state));
            if (kept.isPresent()) return kept.get().substring(state.length());
        }
        String digest = taken(file);
        if (before.isPresent() && before.get().isSettled(now) && before.equals(State.of(file))) keep(store, key, before.get() + "\n" + digest);
        return digest;
    }

    private static void keep(Store store, String key, String text) {
        try {
            store.keep(key, text.getBytes(UTF_8));
        } catch (IOException e) {
            // It is taken again next time; that the folder cannot be written is said of the packed weights, which are larger.
        }
    }

    private static String taken(Path file) throws IOException {
        MessageDigest sha = Store.sha();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            while (channel.read(chunk.clear()) >= 0) sha.update(chunk.flip());
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    /// What tells a file that was not touched.
    private record State(Object device, Object inode, Object size, FileTime content, FileTime change) {

        /// Empty where the file system does not tell all of it.
        static Optional<State> of(Path file) throws IOException {
            try {
                Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
                Object device = found.get("dev"), inode = found.get("ino"), size = found.get("size");
                boolean isWhole = device != null && inode != null && size != null;
                return isWhole && found.get("lastModifiedTime") instanceof FileTime content && found.get("ctime") instanceof FileTime change
                        ? Optional.of(new State(requireNonNull(device), requireNonNull(inode), requireNonNull(size), content, change))
                        : Optional.empty();
            } catch (UnsupportedOperationException | IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        boolean isSettled(Instant now) {
            Instant latest = now.minus(SETTLED);
            return content.toInstant().isBefore(latest) && change.toInstant().isBefore(latest);
        }
    }
}
