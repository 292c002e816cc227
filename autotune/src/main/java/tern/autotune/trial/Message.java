package tern.autotune.trial;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What [ChildRunner] and [TrialProcess] say to each other: one line of JSON each.
sealed interface Message {

    /// What the process is to do.
    enum Act {
        BANDWIDTH,
        PREPARE,
        TIME,
        RELEASE
    }

    /// @param problem    null for BANDWIDTH
    /// @param candidates one of PREPARE and RELEASE
    /// @param rounds     of TIME
    record Request(Act act, @Nullable ProblemKey problem, List<Candidate> candidates, int rounds) implements Message {}

    /// The first line that the process says.
    record Hello(Environment environment) implements Message {}

    /// What became of a request.
    ///
    /// @param bandwidth bytes per second
    /// @param results   of each candidate
    record Reply(double bandwidth, List<Result> results) implements Message {
        static final Reply DONE = new Reply(0, List.of());
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
