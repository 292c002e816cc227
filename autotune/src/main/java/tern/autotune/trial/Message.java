package tern.autotune.trial;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tern.autotune.verify.Verdict;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What [ChildRunner] and [TrialProcess] say to each other: one line of JSON each.
sealed interface Message {

    /// What the process is to do.
    enum Act {
        BANDWIDTH,
        PROVE,
        PREPARE,
        TIME,
        RELEASE
    }

    /// @param problem    null for BANDWIDTH
    /// @param candidates one of PROVE, PREPARE and RELEASE
    /// @param number     rounds of TIME, seed of PROVE
    record Request(Act act, @Nullable ProblemKey problem, List<Candidate> candidates, long number) implements Message {}

    /// The first line that the process says.
    record Hello(Environment environment) implements Message {}

    /// What became of a request.
    ///
    /// @param bandwidth bytes per second
    /// @param results   of each candidate
    /// @param proof     null but for PROVE
    record Reply(double bandwidth, List<Result> results, @Nullable Proof proof) implements Message {
        static final Reply DONE = new Reply(0, List.of(), null);
    }

    /// A verdict: one of the three, the others are null.
    record Proof(Verdict.@Nullable Exact exact, Verdict.@Nullable Wrong wrong, Verdict.@Nullable Refused refused) {

        static Proof of(Verdict verdict) {
            return switch (verdict) {
                case Verdict.Exact exact -> new Proof(exact, null, null);
                case Verdict.Wrong wrong -> new Proof(null, wrong, null);
                case Verdict.Refused refused -> new Proof(null, null, refused);
            };
        }

        Verdict verdict() {
            if (exact != null) return exact;
            if (wrong != null) return wrong;
            if (refused != null) return refused;
            throw new IllegalArgumentException("a proof without a verdict");
        }
    }

    /// Of one candidate.
    ///
    /// @param failed  null if it is well
    /// @param seconds of launches
    record Result(@Nullable Failed failed, double[] seconds) {}

    JsonMapper JSON = JsonMapper.builder().build();

    default String line() {
        return JSON.writeValueAsString(this);
    }

    /// @throws IllegalArgumentException if the line is something else
    static <T extends Message> T read(String line, Class<T> kind) {
        try {
            T message = JSON.readValue(line, kind);
            if (message != null) return message;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no %s: %s".formatted(kind.getSimpleName(), line), e);
        }
        throw new IllegalArgumentException("no %s: %s".formatted(kind.getSimpleName(), line));
    }
}
