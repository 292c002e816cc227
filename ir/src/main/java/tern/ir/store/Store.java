package tern.ir.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// What was made once, in files of a folder, each under all that it was made of.
///
/// A file is `KEY.KIND`: SHA-256 of the rest, length of the key, the key, the content. It is written aside and renamed, so that whoever
/// reads it sees all of it or nothing; a file that is damaged, or that belongs to another key, is as good as none. Several processes may
/// share a folder.
///
/// @param folder made when something is kept
/// @param kind   what is kept, and how it is written: another way is another kind
public record Store(Path folder, String kind) {

    /// Nothing larger is read.
    private static final long LARGEST = 1L << 28;

    private static final int DIGEST = 32;

    public Store {
        if (!kind.matches("[a-z0-9]+")) throw new IllegalArgumentException("no kind: " + kind);
    }

    /// What was kept.
    ///
    /// @param key all that it depends on
    /// @return empty if there is nothing, or nothing that can be trusted
    public Optional<byte[]> find(String key) {
        byte[] all;
        try {
            Path file = file(key);
            if (!Files.isRegularFile(file) || Files.size(file) > LARGEST) return Optional.empty();
            all = Files.readAllBytes(file);
        } catch (IOException e) {
            return Optional.empty(); // made again
        }
        byte[] name = key.getBytes(UTF_8);
        int begin = DIGEST + 4 + name.length;
        if (all.length < begin || !Arrays.equals(all, 0, DIGEST, sha(ByteBuffer.wrap(all, DIGEST, all.length - DIGEST)), 0, DIGEST)) return Optional.empty();
        boolean own = ByteBuffer.wrap(all).getInt(DIGEST) == name.length && Arrays.equals(all, DIGEST + 4, begin, name, 0, name.length);
        return own ? Optional.of(Arrays.copyOfRange(all, begin, all.length)) : Optional.empty();
    }

    /// Keeps something; what was there under the same key is replaced.
    ///
    /// @throws IOException if it cannot be written; then nothing has changed, and all goes on without
    public void keep(String key, byte[] content) throws IOException {
        byte[] name = key.getBytes(UTF_8);
        ByteBuffer all = ByteBuffer.allocate(DIGEST + 4 + name.length + content.length);
        all.position(DIGEST).putInt(name.length).put(name).put(content);
        byte[] digest = sha(all.slice(DIGEST, all.capacity() - DIGEST));
        all.put(0, digest).rewind();
        write(file(key), channel -> WholeFile.writeAll(channel, all));
    }

    /// Writes a [WholeFile], whose folder is made.
    ///
    /// @throws IOException if it cannot be written
    public static void write(Path file, WholeFile.Content content) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) throw new NoSuchFileException(file.toString());
        Files.createDirectories(folder);
        WholeFile.write(file, content);
    }

    private Path file(String key) {
        return folder.resolve(HexFormat.of().formatHex(sha(ByteBuffer.wrap((kind + "\n" + key).getBytes(UTF_8))), 0, 16) + "." + kind);
    }

    private static byte[] sha(ByteBuffer of) {
        MessageDigest digest = sha();
        digest.update(of);
        return digest.digest();
    }

    /// The digest that all caches use.
    public static MessageDigest sha() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
