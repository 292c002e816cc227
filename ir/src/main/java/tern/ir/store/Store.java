package tern.ir.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// What was made once, in files of a folder, each under all that it was made of.
///
/// A file is `KEY.KIND`: two checksums of the rest, length of the key, the key, the content. It is written aside and renamed, so that whoever
/// reads it sees all of it or nothing; a file that is damaged, or that belongs to another key, is as good as none. Several processes may
/// share a folder. What was not used for longest goes when a kind takes more than [#MOST] bytes.
///
/// The checksums are CRC-32 and CRC-32C, which even the interpreter does by instructions of the processor: a process that starts reads
/// megabytes. They find damage; against an enemy stands the owner of the folder.
///
/// @param folder made when something is kept
/// @param kind   what is kept
/// @param most   bytes of all files of this kind
public record Store(Path folder, Kind kind, long most) {

    /// Of a kind, in bytes.
    public static final long MOST = 64L << 20;

    /// Nothing larger is read.
    private static final long LARGEST = 1L << 28;

    /// Between two notes that a file is in use.
    private static final Duration NOTED = Duration.ofHours(12);

    private static final int SUM = 8;

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{16,32}\\.([a-z]+[0-9]+)");

    public Store(Path folder, Kind kind) {
        this(folder, kind, MOST);
    }

    /// What was kept.
    ///
    /// @param key all that it depends on
    /// @return empty if there is nothing, or nothing that can be trusted
    public Optional<byte[]> find(String key) {
        byte[] all, name = key.getBytes(UTF_8);
        try {
            Path file = file(name);
            if (!Files.isRegularFile(file) || Files.size(file) > LARGEST) return Optional.empty();
            all = Files.readAllBytes(file);
            note(file);
        } catch (IOException e) {
            return Optional.empty(); // made again
        }
        int begin = SUM + 4 + name.length;
        if (all.length < begin || ByteBuffer.wrap(all).getLong() != sum(all, SUM)) return Optional.empty();
        boolean own = ByteBuffer.wrap(all).getInt(SUM) == name.length && Arrays.equals(all, SUM + 4, begin, name, 0, name.length);
        return own ? Optional.of(Arrays.copyOfRange(all, begin, all.length)) : Optional.empty();
    }

    /// What is in use goes last; a folder that cannot be written loses nothing by it.
    private static void note(Path file) throws IOException {
        Instant now = Instant.now();
        if (Files.isWritable(file) && Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(NOTED)))
            Files.setLastModifiedTime(file, FileTime.from(now));
    }

    /// Keeps something; what was there under the same key is replaced.
    ///
    /// @throws IOException if it cannot be written; then nothing has changed, and all goes on without
    public void keep(String key, byte[] content) throws IOException {
        byte[] name = key.getBytes(UTF_8);
        ByteBuffer all = ByteBuffer.allocate(SUM + 4 + name.length + content.length);
        all.position(SUM).putInt(name.length).put(name).put(content);
        all.putLong(0, sum(all.array(), SUM)).rewind();
        write(file(name), channel -> WholeFile.writeAll(channel, all));
        trim();
    }

    private void trim() throws IOException {
        List<Kept> kept = in(folder).stream().filter(one -> kind.isWord(one.suffix)).toList();
        long bytes = kept.stream().mapToLong(Kept::bytes).sum();
        for (Kept one : kept) {
            if (bytes <= most) return;
            Files.deleteIfExists(one.file);
            bytes -= one.bytes;
        }
    }

    /// A file of any version's store.
    ///
    /// @param used when it was last written or read, to half a day
    public record Kept(Path file, String suffix, long bytes, Instant used) {

        /// Empty for what no version of Tern reads any more.
        public Optional<Kind> kind() {
            return Kind.of(suffix);
        }

        /// Whether this version reads it.
        public boolean isCurrent() {
            return kind().filter(kind -> kind.suffix().equals(suffix)).isPresent();
        }
    }

    /// What all stores of a folder hold, in the order in which it was last used.
    ///
    /// @throws IOException if the folder cannot be read; one that is not there holds nothing
    public static List<Kept> in(Path folder) throws IOException {
        var all = new ArrayList<Kept>();
        if (!Files.isDirectory(folder)) return all;
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (!name.matches() || Kind.of(name.group(1)).isEmpty()) continue;
                try {
                    all.add(new Kept(file, name.group(1), Files.size(file), Files.getLastModifiedTime(file).toInstant()));
                } catch (NoSuchFileException e) {
                    // Another process was faster.
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        all.sort(Comparator.comparing(Kept::used).thenComparing(Kept::file));
        return all;
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

    private Path file(byte[] key) {
        return folder.resolve(HexFormat.of().toHexDigits(sum(key, 0)) + "." + kind.suffix());
    }

    /// Both checksums, of all bytes from `from` on.
    public static long sum(byte[] of, int from) {
        var one = new CRC32();
        var other = new CRC32C();
        one.update(of, from, of.length - from);
        other.update(of, from, of.length - from);
        return one.getValue() << 32 | other.getValue();
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
