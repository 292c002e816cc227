package tern.autotune.record;

import java.time.Instant;

/// One candidate, tried once. A record is found by problem, candidate and environment together; a later trial replaces an earlier one.
public record Trial(ProblemKey problem, Candidate candidate, Environment environment, Outcome outcome, Instant at) {

    /// Of problem, candidate and environment: 64 hexadecimal digits.
    public String identity() {
        return identity(problem, candidate, environment);
    }

    /// Of the trial of a candidate that may still be to be made.
    public static String identity(ProblemKey problem, Candidate candidate, Environment environment) {
        return Identity.of(problem, candidate, environment);
    }
}
