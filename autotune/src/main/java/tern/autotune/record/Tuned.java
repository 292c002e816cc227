package tern.autotune.record;

import java.time.Instant;

/// The winner of a tuning: how a machine computes the products of one shape, single tokens and batches, from one packing.
///
/// @param step   problem with one token
/// @param batch  the same with the largest n
/// @param packing   printed packing, its codecs before it
/// @param stepSchedule,batchSchedule printed schedules
/// @param stepSeconds,batchSeconds   of one launch, as measured when it was chosen
public record Tuned(
        ProblemKey step,
        ProblemKey batch,
        Environment environment,
        String packing,
        String stepSchedule,
        String batchSchedule,
        double stepSeconds,
        double batchSeconds,
        Instant at) {

    /// Of both problems and the environment: 64 hexadecimal digits.
    public String identity() {
        return identity(step, batch, environment);
    }

    /// Of the winner that may still be to be found.
    public static String identity(ProblemKey step, ProblemKey batch, Environment environment) {
        return Identity.of(step, batch, environment);
    }
}
