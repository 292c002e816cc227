package tern.autotune.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.trial.Child.GoneException;
import tern.autotune.trial.Message.Act;
import tern.autotune.trial.Message.Hello;
import tern.autotune.trial.Message.Reply;
import tern.autotune.trial.Message.Request;
import tern.autotune.trial.Message.Result;
import tern.autotune.verify.Prover;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Samples;
import tern.scheduler.problem.Problem;

/// Tries candidates in another process, which is killed when it takes too long, and started again when it is no more.
public final class ChildRunner implements Runner, Prover {

    /// For a JVM to start on a busy machine, and for what has no end of its own.
    private static final double START_SECONDS = 120;

    /// In which a JVM starts on a machine that does nothing else.
    private static final double RESTART_SECONDS = 30;

    private final TrialCommand command;
    private final double trialSeconds;
    private final Environment environment;
    private volatile @Nullable Child child;
    /// Candidates that the process has seen.
    private int prepared;
    private volatile boolean stopped;

    /// Starts the process.
    ///
    /// @param trialSeconds that a candidate may take to be prepared, and again to be timed
    /// @throws UncheckedIOException if no process can be started, or it ends at once
    public ChildRunner(TrialCommand command, double trialSeconds) {
        this.command = command;
        this.trialSeconds = trialSeconds;
        try {
            child = new Child(command.line());
            environment = command.named(Message.read(child.hear(START_SECONDS), Hello.class).environment());
        } catch (GoneException e) {
            throw new UncheckedIOException(new IOException("the process for trials does not start: " + e.getMessage(), e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public double patience() {
        return trialSeconds + RESTART_SECONDS;
    }

    @Override
    public Environment environment() {
        return environment;
    }

    @Override
    public double readBandwidth() {
        try {
            return ask(new Request(Act.BANDWIDTH, null, List.of(), 0), START_SECONDS).bandwidth();
        } catch (GoneException e) {
            throw new IllegalStateException("the process for trials cannot measure the memory: " + e.getMessage(), e);
        }
    }

    /// A process that dies of a kernel, or hangs, is a verdict like another.
    @Override
    public Verdict prove(Problem problem, Packing packing, Schedule schedule, long seed) {
        var key = ProblemKey.of(problem.kernel(), problem.m(), problem.k(), problem.tokens());
        var candidate = Candidate.of(packing, command.provider(), schedule);
        try {
            Reply reply = ask(new Request(Act.PROVE, key, List.of(candidate), seed), trialSeconds);
            return Objects.requireNonNull(reply.proof(), "a reply without a proof").verdict();
        } catch (GoneException e) {
            return new Verdict.Wrong(problem.kernel().name(), String.valueOf(e.getMessage()));
        }
    }

    /// HotSpot's profiles of the Vector API are shared by all kernels of a JVM, and one that it cannot vectorise may take others with
    /// it. So who fails that way after others gets a process of its own to try again, and leaves none after it.
    @Override
    public Optional<Failed> prepare(ProblemKey problem, Candidate candidate) {
        boolean alone = child == null || prepared == 0;
        Optional<Failed> failure = prepareHere(problem, candidate);
        if (!isNotVectorised(failure)) return failure;
        close();
        if (alone) return failure;
        failure = prepareHere(problem, candidate);
        if (isNotVectorised(failure)) close();
        return failure;
    }

    private static boolean isNotVectorised(Optional<Failed> failure) {
        return failure.isPresent() && failure.get().reason() == Reason.NOT_VECTORISED;
    }

    private Optional<Failed> prepareHere(ProblemKey problem, Candidate candidate) {
        try {
            Reply reply = ask(new Request(Act.PREPARE, problem, List.of(candidate), 0), trialSeconds);
            prepared++;
            return Optional.ofNullable(reply.results().getFirst().failed());
        } catch (GoneException e) {
            return Optional.of(failed(e));
        }
    }

    private static Failed failed(GoneException e) {
        return new Failed(e.tookTooLong() ? Reason.TIMEOUT : Reason.CRASHED, String.valueOf(e.getMessage()));
    }

    @Override
    public List<Timing> time(ProblemKey problem, List<Candidate> candidates, int rounds) {
        List<Optional<Failed>> failures = candidates.stream().map(c -> prepare(problem, c)).toList();
        var well = new ArrayList<Candidate>();
        for (int i = 0; i < candidates.size(); i++) if (failures.get(i).isEmpty()) well.add(candidates.get(i));
        Iterator<Timing> timed = timings(problem, well, rounds).iterator();
        return failures.stream()
                .map(failure -> failure.isPresent() ? new Timing.Untimed(failure.get()) : timed.next())
                .toList();
    }

    private List<Timing> timings(ProblemKey problem, List<Candidate> candidates, int rounds) {
        if (candidates.isEmpty()) return List.of();
        try {
            Reply reply = ask(new Request(Act.TIME, problem, candidates, rounds), trialSeconds * candidates.size());
            return reply.results().stream().map(ChildRunner::timing).toList();
        } catch (GoneException e) {
            if (candidates.size() == 1) return List.of(new Timing.Untimed(failed(e)));
            // One of them did it: alone, it has no one to blame.
            return candidates.stream().flatMap(c -> timings(problem, List.of(c), rounds).stream()).toList();
        }
    }

    private static Timing timing(Result result) {
        return result.failed() == null ? new Timing.Timed(Samples.of(result.seconds())) : new Timing.Untimed(result.failed());
    }

    @Override
    public void release(ProblemKey problem, Candidate candidate) {
        if (child == null) return; // forgotten with the process
        try {
            ask(new Request(Act.RELEASE, problem, List.of(candidate), 0), START_SECONDS);
        } catch (GoneException e) {
            child = null;
        }
    }

    /// @throws GoneException if the process ended, or took longer than it may and was killed
    private Reply ask(Request request, double seconds) {
        if (stopped) throw new StoppedException();
        Child asked = child;
        try {
            if (asked == null) {
                asked = new Child(command.line());
                child = asked;
                prepared = 0;
                if (stopped) asked.close();
                asked.hear(START_SECONDS);
            }
            asked.say(request.line());
            return Message.read(asked.hear(seconds), Reply.class);
        } catch (IOException e) {
            child = null;
            throw new UncheckedIOException(e);
        } catch (GoneException e) {
            child = null;
            if (stopped) throw new StoppedException();
            throw e;
        }
    }

    @Override
    public void stop() {
        stopped = true;
        Child running = child;
        if (running != null) running.close();
    }

    @Override
    public void close() {
        Child running = child;
        child = null;
        if (running != null) running.close();
    }
}
