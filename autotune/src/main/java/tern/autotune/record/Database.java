package tern.autotune.record;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Where records are kept, and what is said when it fails. SQLite and PostgreSQL take the same statements.
sealed interface Database {

    /// @throws IllegalArgumentException if it is the address of another kind of database
    static Database of(String urlOrFile) {
        if (urlOrFile.startsWith(Postgres.SCHEME)) return new Postgres(urlOrFile);
        if (urlOrFile.startsWith(Sqlite.SCHEME)) return new Sqlite(Path.of(urlOrFile.substring(Sqlite.SCHEME.length())));
        if (urlOrFile.startsWith("jdbc:"))
            throw new IllegalArgumentException(
                    "records are kept in a file or in jdbc:postgresql://..., not in " + urlOrFile.replaceFirst("^(jdbc:[^:/?;]*).*", "$1"));
        return new Sqlite(Path.of(urlOrFile));
    }

    /// For people; without a password.
    String name();

    /// False if there is nothing to connect to, and hence are no records.
    boolean exists();

    /// Whether other machines write to it.
    boolean isShared();

    /// Makes what a connection for writing needs.
    void prepare() throws IOException;

    Connection connect() throws SQLException;

    /// Waits until no other process makes tables, and keeps others from it until [#allowTables], where the database can.
    default void keepTables(Connection connection) throws SQLException {}

    default void allowTables(Connection connection) throws SQLException {}

    /// The winners, where they can be had without a connection.
    Optional<Snapshot> snapshot();

    /// Whether the same work may succeed on a new connection.
    boolean isLost(SQLException failure);

    /// Whether a statement named a table that is not there.
    boolean isMissingTable(SQLException failure);

    /// Whether something was to be made that another process had just made.
    boolean isCollision(SQLException failure);

    /// Why something failed, as one line.
    RecordsException explain(SQLException failure);

    /// A file. Its journal is SQLite's plain one, so that a file in a read-only folder can be read, and one on a network.
    record Sqlite(Path file) implements Database {

        static final String SCHEME = "jdbc:sqlite:";

        /// How long one process waits for another's transaction, each of which takes milliseconds.
        private static final int PATIENCE_MILLIS = 30_000;

        /// Bytes of an empty file of records and of its journal, rounded up.
        private static final int ROOM = 64 << 10;

        /// Result codes, from sqlite.org/rescode.html; the low byte of the extended ones.
        private static final int BUSY = 5, LOCKED = 6, READONLY = 8, IOERR = 10, CORRUPT = 11, FULL = 13, CANTOPEN = 14,
                CONSTRAINT = 19, NOTADB = 26;

        /// None of SQLite's: its library cannot be loaded.
        private static final int NOLIBRARY = 255;

        @Override
        public String name() {
            return file.toString();
        }

        @Override
        public boolean exists() {
            return Files.exists(file);
        }

        @Override
        public boolean isShared() {
            return false;
        }

        /// The folder, and room for the tables: Flyway would try ten times before it gave up.
        @Override
        public void prepare() throws IOException {
            if (Files.exists(file) && Files.size(file) > 0) return;
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) return;
            Files.createDirectories(folder);
            if (Files.getFileStore(folder).getUsableSpace() < ROOM) throw new IOException("the disk is full");
        }

        private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

        /// A transaction asks for the right to write at its beginning, when waiting for it cannot block the holder.
        @Override
        public Connection connect() throws SQLException {
            refuseOthers();
            var settings = new Properties();
            settings.setProperty("busy_timeout", String.valueOf(PATIENCE_MILLIS));
            settings.setProperty("transaction_mode", "IMMEDIATE");
            if (!LibraryFolder.find(file.toAbsolutePath().getParent())) throw new SQLException("no folder for the library", null, NOLIBRARY);
            return DriverManager.getConnection(SCHEME + file, settings);
        }

        @Override
        public Optional<Snapshot> snapshot() {
            return Optional.of(new Snapshot(file));
        }

        /// SQLite takes a file that is shorter than its header for an empty one, and would write over it.
        private void refuseOthers() throws SQLException {
            if (!Files.isRegularFile(file)) return;
            try (InputStream bytes = Files.newInputStream(file)) {
                byte[] first = bytes.readNBytes(MAGIC.length);
                if (first.length > 0 && !Arrays.equals(first, MAGIC)) throw new SQLException("another kind of file", null, NOTADB);
            } catch (IOException e) {
                throw new SQLException("it cannot be read: " + e, null, CANTOPEN, e);
            }
        }

        @Override
        public boolean isLost(SQLException failure) {
            return false;
        }

        @Override
        public boolean isMissingTable(SQLException failure) {
            return String.valueOf(failure.getMessage()).contains("no such table");
        }

        @Override
        public boolean isCollision(SQLException failure) {
            return code(failure) == CONSTRAINT || String.valueOf(failure.getMessage()).contains("already exists");
        }

        private static int code(SQLException failure) {
            return failure.getErrorCode() & 0xff;
        }

        @Override
        public RecordsException explain(SQLException failure) {
            String prefix = file + ": ";
            if (Files.isDirectory(file)) return RecordsException.ofDamaged(prefix + "a folder, no file of records", failure);
            return switch (code(failure)) {
                case NOTADB, CORRUPT -> RecordsException.ofDamaged(prefix
                        + "no file of records, or a damaged one; it is left as it is, and once it is moved away a new one is begun", failure);
                case FULL -> new RecordsException(prefix + "the record is not kept: the disk is full", failure);
                case READONLY -> new RecordsException(prefix + "the record is not kept: the file or its folder is read-only", failure);
                case CANTOPEN -> new RecordsException(prefix + "cannot be opened, or made there", failure);
                case NOLIBRARY ->
                    new RecordsException(prefix + "SQLite's library can be executed neither in %s nor in the folder of the records; -D%s=FOLDER names a folder"
                            .formatted(System.getProperty("java.io.tmpdir"), LibraryFolder.PROPERTY), failure);
                case IOERR -> new RecordsException(prefix + "cannot be read or written: " + failure.getMessage(), failure);
                case BUSY, LOCKED -> new RecordsException(
                        prefix + String.format(ROOT, "another process has held it for more than %d s", PATIENCE_MILLIS / 1000), failure);
                default -> new RecordsException(prefix + failure.getMessage(), failure);
            };
        }
    }

    /// A server.
    record Postgres(String url) implements Database {

        static final String SCHEME = "jdbc:postgresql:";

        /// So that the server ends what takes too long, or waits for somebody who is no more.
        private static final String LIMITS =
                "-c statement_timeout=20s -c lock_timeout=10s -c idle_in_transaction_session_timeout=20s";

        /// Of the lock that whoever makes the tables holds; any number that others do not take.
        private static final long TABLES = 0x7465_726e_5f74_6162L;

        @Override
        public String name() {
            return url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
        }

        @Override
        public boolean exists() {
            return true;
        }

        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public void prepare() {}

        @Override
        public Connection connect() throws SQLException {
            var settings = new Properties();
            settings.setProperty("ApplicationName", "tern");
            settings.setProperty("connectTimeout", "5"); // seconds; what the address says comes first
            settings.setProperty("loginTimeout", "5");
            settings.setProperty("socketTimeout", "30");
            settings.setProperty("options", LIMITS);
            return DriverManager.getConnection(url, settings);
        }

        @Override
        public void keepTables(Connection connection) throws SQLException {
            execute(connection, "SELECT pg_advisory_lock(" + TABLES + ")");
        }

        @Override
        public void allowTables(Connection connection) throws SQLException {
            execute(connection, "SELECT pg_advisory_unlock(" + TABLES + ")");
        }

        private static void execute(Connection connection, String sql) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        @Override
        public Optional<Snapshot> snapshot() {
            return Optional.empty();
        }

        /// Class 08 is a broken connection, 57P an administrator who ended it.
        @Override
        public boolean isLost(SQLException failure) {
            String state = state(failure);
            return state.startsWith("08") || state.startsWith("57P");
        }

        @Override
        public boolean isMissingTable(SQLException failure) {
            return state(failure).equals("42P01");
        }

        /// Class 23 is a constraint, 42P06 and 42P07 a schema and a table that exist.
        @Override
        public boolean isCollision(SQLException failure) {
            return state(failure).startsWith("23") || state(failure).matches("42P0[67]");
        }

        @Override
        public RecordsException explain(SQLException failure) {
            String reason = String.valueOf(failure.getMessage()).lines().findFirst().orElse("").strip();
            return new RecordsException(name() + ": " + reason, failure);
        }

        private static String state(SQLException failure) {
            @Nullable String state = failure.getSQLState();
            return state == null ? "" : state;
        }
    }
}
