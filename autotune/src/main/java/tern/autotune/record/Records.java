package tern.autotune.record;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

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
    void add(Trial trial);

    /// Keeps a winner; replaces the one with the same problems and environment unless that is later.
    ///
    /// @throws RecordsException if it cannot be kept
    void add(Tuned tuned);

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

    /// Begins to open the records beside whatever else a start-up does: a database driver takes a fifth of a second to be loaded.
    /// Returns at once. If it fails, the first question says so.
    default void warmUp() {}

    /// The file or database, for people; without a password.
    String name();

    @Override
    void close();
}
