package tern.autotune.record;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The tuning records. Safe for several processes at once: what one adds, no other loses.
///
/// Every method throws a [RecordsException] when the records cannot be read or kept. Nothing is lost then that was kept before,
/// and a caller can go on without them, or with [#inMemory()].
public interface Records extends AutoCloseable {

    /// What the file of records in the user's cache folder is called.
    String FILE = "records.db";

    /// Records in a file or in a database. Nothing is opened before the first question, and nothing is made before the first
    /// record is added: a file that does not exist holds no records.
    ///
    /// @param urlOrFile `jdbc:postgresql://host/database?user=...`, `jdbc:sqlite:FILE`, or a file
    /// @throws IllegalArgumentException if it is the address of another kind of database
    static Records open(String urlOrFile) {
        return new SqlRecords(Database.of(urlOrFile));
    }

    /// The same, but of a database that does not answer what was last seen of it serves, and what is to be kept waits for it.
    ///
    /// @param folder where the copy lies
    /// @param said   told, in one line each, that the database is away or back
    static Records open(String urlOrFile, Path folder, Consumer<String> said) {
        Database database = Database.of(urlOrFile);
        Records records = new SqlRecords(database);
        return database.isShared() ? new SharedRecords(records, folder, said, System::nanoTime) : records;
    }

    /// Records that are gone when the process ends.
    static Records inMemory() {
        return new MemoryRecords();
    }

    /// Whether anything can be there: looks for the file, and opens nothing.
    default boolean exist() {
        return true;
    }

    /// Keeps a trial; replaces the one with the same problem, candidate and environment unless that is later.
    ///
    /// @throws RecordsException if it cannot be kept
    default void add(Trial trial) {
        addAll(List.of(trial), List.of());
    }

    /// Keeps a winner; replaces the one with the same problems and environment unless that is later.
    ///
    /// @throws RecordsException if it cannot be kept
    default void add(Tuned tuned) {
        addAll(List.of(), List.of(tuned));
    }

    /// Keeps all of them as [#add(Trial)] and [#add(Tuned)] would, or none.
    ///
    /// @throws RecordsException if they cannot be kept
    void addAll(Collection<Trial> trials, Collection<Tuned> tuned);

    /// Forgets those of them that are still kept as given, not replaced by later ones: all or none.
    ///
    /// @return how many
    /// @throws RecordsException if they cannot be removed
    int removeAll(Collection<Trial> trials, Collection<Tuned> tuned);

    /// Trials of one problem in one environment, the fastest first, failures last.
    List<Trial> trials(ProblemKey problem, Environment environment);

    /// The winner for a pair of problems in one environment.
    Optional<Tuned> tuned(ProblemKey step, ProblemKey batch, Environment environment);

    /// All trials, in the order in which they were made.
    List<Trial> trials();

    /// All winners, in the order in which they were found.
    List<Tuned> tuned();

    /// Keeps how a machine runs what its like have found; replaces what was known of it.
    void add(Machine machine);

    /// The machines that share these records, in the order in which they were last heard of.
    List<Machine> machines();

    /// How this process shares its work with others that tune with the same records.
    ///
    /// @param lease for which a piece of work is taken
    default Claims claims(Duration lease) {
        return Claims.ALONE;
    }

    /// Begins to open the records in parallel with the rest of a start-up: a database driver takes a fifth of a second to be loaded.
    /// Returns at once. If it fails, the first question says so.
    default void warmUp() {}

    /// The file or database, for people; without a password.
    String name();

    @Override
    void close();
}
