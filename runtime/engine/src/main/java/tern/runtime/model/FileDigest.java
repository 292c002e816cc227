package tern.runtime.model;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The identity of some files: of each its size, the time of its last change, and a sample of every megabyte. A whole hash would cost
/// seconds at every start.
final class FileDigest {

    /// Bytes between two samples, and bytes of a sample.
    private static final long STRIDE = 1 << 20, SAMPLE = 4096;

    private FileDigest() {}

    static String of(List<Path> files) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (Path file : files) add(sha, file, arena);
            return HexFormat.of().formatHex(sha.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static void add(MessageDigest sha, Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            sha.update((size + " " + Files.getLastModifiedTime(file).toInstant()).getBytes(UTF_8));
            MemorySegment bytes = channel.map(READ_ONLY, 0, size, arena);
            for (long at = 0; at < size; at += STRIDE)
                sha.update(bytes.asSlice(at, Math.min(SAMPLE, size - at)).asByteBuffer());
        }
    }
}
