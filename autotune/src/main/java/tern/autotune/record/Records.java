package tern.autotune.record;

import java.util.List;
import java.util.Optional;

/// The tuning records. Safe for several processes at once: what one adds, no other loses.
public interface Records extends AutoCloseable {

    /// Records that are gone when the process ends.
    static Records inMemory() {
        return new MemoryRecords();
    }

    /// Keeps a trial; replaces the one with the same problem, candidate and environment unless that is later.
    ///
    /// @throws RecordsException if it cannot be kept
    void add(Trial trial);

    /// Keeps a winner; replaces the one with the same problems and environment unless that is later.
    ///
    /// @throws RecordsException if it cannot be kept
    void add(Tuned tuned);

    /// Trials of one problem in one environment, the fastest first, failures last.
    List<Trial> trials(Problem problem, Environment environment);

    /// The winner for a pair of problems in one environment.
    Optional<Tuned> tuned(Problem step, Problem batch, Environment environment);

    /// All trials, in the order in which they were made.
    List<Trial> trials();

    /// All winners, in the order in which they were found.
    List<Tuned> tuned();

    @Override
    void close();
}
