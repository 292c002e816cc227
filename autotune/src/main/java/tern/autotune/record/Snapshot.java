package tern.autotune.record;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import tern.ir.store.WholeFile;

/// The winners of a SQLite file once more, in a file next to it that is read without a database driver: to unpack, load and start
/// SQLite takes a fifth of a second, which a model that starts need not spend each time.
///
/// It counts only as long as the database is the one that it was made of: SQLite raises a counter in the header of its file with
/// every transaction. In doubt, or when it is gone, damaged or cannot be written, the database is asked.
///
/// The file: magic, the stamp, the records, a CRC-32 of all before it.
final class Snapshot {

    /// Raised when the format changes.
    private static final byte[] MAGIC = "TERNWIN1".getBytes(US_ASCII);

    /// Of SQLite's header (sqlite.org/fileformat.html): its magic; 1 if the journal is the plain one; the counter.
    private static final int HEADER = 28, JOURNAL_KIND = 18, COUNTER = 24;

    private final Path database, file;

    Snapshot(Path database) {
        this.database = database;
        this.file = database.resolveSibling(database.getFileName() + ".winners");
    }

    /// A state of the database.
    record Stamp(int counter, long bytes, Instant modified) {}

    /// The state of the database now; empty if it cannot be told from its header, as during a transaction.
    Optional<Stamp> stamp() {
        try (InputStream stream = Files.newInputStream(database)) {
            byte[] header = stream.readNBytes(HEADER);
            boolean plain = header.length == HEADER && header[0] == 'S' && header[JOURNAL_KIND] == 1;
            if (!plain || Files.exists(database.resolveSibling(database.getFileName() + "-journal"))) return Optional.empty();
            var attributes = Files.readAttributes(database, BasicFileAttributes.class);
            int counter = ByteBuffer.wrap(header).getInt(COUNTER);
            return Optional.of(new Stamp(counter, attributes.size(), attributes.lastModifiedTime().toInstant()));
        } catch (IOException e) {
            return Optional.empty(); // who asks the database hears why
        }
    }

    /// The winners, if they are those of this state.
    Optional<List<Tuned>> read(Stamp stamp) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length - Long.BYTES;
            if (end < MAGIC.length || ByteBuffer.wrap(bytes).getLong(end) != crc(bytes, end)) return Optional.empty();
            var in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end));
            if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC) || !readStamp(in).equals(stamp)) return Optional.empty();
            var winners = new ArrayList<Tuned>();
            for (int i = in.readInt(); i > 0; i--) winners.add(readTuned(in));
            return Optional.of(winners);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Writes the file aside and renames it, unless the database has changed meanwhile. A folder that takes no file is no failure.
    void write(Stamp stamp, List<Tuned> winners) {
        try {
            WholeFile.write(file, channel -> {
                WholeFile.writeAll(channel, ByteBuffer.wrap(bytes(stamp, winners)));
                if (!stamp().equals(Optional.of(stamp))) throw new IOException("the database has changed");
            });
        } catch (IOException e) {
            // The next start asks the database again.
        }
    }

    private static byte[] bytes(Stamp stamp, List<Tuned> winners) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.write(MAGIC);
        out.writeInt(stamp.counter());
        out.writeLong(stamp.bytes());
        write(stamp.modified(), out);
        out.writeInt(winners.size());
        for (Tuned winner : winners) write(winner, out);
        out.writeLong(crc(bytes.toByteArray(), bytes.size()));
        return bytes.toByteArray();
    }

    private static long crc(byte[] bytes, int end) {
        var crc = new CRC32();
        crc.update(bytes, 0, end);
        return crc.getValue();
    }

    private static Stamp readStamp(DataInputStream in) throws IOException {
        return new Stamp(in.readInt(), in.readLong(), readInstant(in));
    }

    private static void write(Tuned winner, DataOutputStream out) throws IOException {
        write(winner.step(), out);
        write(winner.batch(), out);
        write(winner.environment().processor(), out);
        write(winner.environment().jdk(), out);
        write(winner.environment().generation(), out);
        out.writeInt(winner.environment().threads());
        write(winner.packing(), out);
        write(winner.stepSchedule(), out);
        write(winner.batchSchedule(), out);
        out.writeDouble(winner.stepSeconds());
        out.writeDouble(winner.batchSeconds());
        write(winner.at(), out);
    }

    private static Tuned readTuned(DataInputStream in) throws IOException {
        return new Tuned(
                readProblem(in),
                readProblem(in),
                new Environment(readText(in), readText(in), readText(in), in.readInt()),
                readText(in),
                readText(in),
                readText(in),
                in.readDouble(),
                in.readDouble(),
                readInstant(in));
    }

    private static void write(ProblemKey problem, DataOutputStream out) throws IOException {
        write(problem.kernel(), out);
        out.writeInt(problem.m());
        out.writeInt(problem.k());
        out.writeInt(problem.maxTokens());
    }

    private static ProblemKey readProblem(DataInputStream in) throws IOException {
        return new ProblemKey(readText(in), in.readInt(), in.readInt(), in.readInt());
    }

    private static void write(Instant instant, DataOutputStream out) throws IOException {
        out.writeLong(instant.getEpochSecond());
        out.writeInt(instant.getNano());
    }

    private static Instant readInstant(DataInputStream in) throws IOException {
        return Instant.ofEpochSecond(in.readLong(), in.readInt());
    }

    private static void write(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), UTF_8);
    }
}
