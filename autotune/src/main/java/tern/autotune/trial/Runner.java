package tern.autotune.trial;

import java.util.List;
import java.util.Optional;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.ProblemKey;

/// Tries candidates. What is wrong with one is an answer, never an exception.
public interface Runner extends AutoCloseable {

    /// Where it measures.
    Environment environment();

    /// Seconds after which a request has ended, one way or the other.
    default double patience() {
        return 60;
    }

    /// Read bandwidth of the memory that weights lie in, bytes per second, measured now.
    double readBandwidth();

    /// Compiles a candidate, proves it exact, and runs it until its time no longer falls. One that was prepared before is ready at
    /// once.
    ///
    /// @return why it cannot be timed; empty if it can
    Optional<Outcome.Failed> prepare(ProblemKey problem, Candidate candidate);

    /// Times candidates of one problem, those that are not prepared after [#prepare]: launches with the problem's largest n, in rounds,
    /// each candidate once a round.
    ///
    /// @return of each candidate, in order
    List<Timing> time(ProblemKey problem, List<Candidate> candidates, int rounds);

    /// Forgets a candidate: its memory is wanted by others.
    void release(ProblemKey problem, Candidate candidate);

    /// Ends what it is doing, from any thread. A request under way and later ones throw [StoppedException].
    void stop();

    @Override
    void close();
}
