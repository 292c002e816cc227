package tern.autotune.record;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import tern.autotune.record.Outcome.Measured;

/// Records to keep.
final class Samples {

    static final Environment HERE = new Environment("cpu Some Processor 6.207.2; vectors 512 bits; cores 2", "25.0.3+9", "abc-def", 2);

    static final Instant THEN = Instant.parse("2024-02-29T01:02:03.456789123Z");

    private Samples() {}

    static ProblemKey problem(int tokens) {
        return new ProblemKey("kernel f(x: i8[n, k]) -> y {\n    \"odd\" text, 'quoted', ünïcode\n}\n", 2560, 6912, tokens);
    }

    static Candidate candidate(int number) {
        return new Candidate("packing p {}\n", "schedule " + number + ";\n");
    }

    static Trial trial(int number) {
        return new Trial(problem(1), candidate(number), HERE, measured(1e-5 * (number + 1)), THEN.plusMillis(number));
    }

    static Measured measured(double seconds) {
        return new Measured(seconds, seconds * 0.9, seconds * 1.3, 7);
    }

    static List<Trial> trials(int from, int to) {
        return IntStream.range(from, to).mapToObj(Samples::trial).toList();
    }

    static Tuned tuned(String schedule, Instant at) {
        return new Tuned(problem(1), problem(512), HERE, "packing p {}\n", schedule, "batch " + schedule, 1.25e-5, 3.5e-3, at);
    }
}
