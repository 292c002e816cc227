package tern.autotune.search;

import tern.autotune.record.Outcome;
import tern.ir.device.KernelLibrary.Use;

/// Told how a search goes on, by the thread that searches.
public interface Watcher {

    /// Nobody looks.
    Watcher NONE = new Watcher() {};

    /// Something has changed.
    default void progress(Progress now) {}

    /// A trial is over.
    ///
    /// @param tokens 1 or the use's largest n
    default void tried(Use use, int tokens, TuningCandidate candidate, Outcome outcome) {}

    /// Something is wrong that does not end the search.
    default void trouble(String message) {}
}
