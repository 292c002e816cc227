package tern.autotune.bundle;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tern.autotune.record.Environment;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;

/// What a bundle holds.
///
/// @param made    when it was put together
/// @param winners schedules and packings, chosen by measurement
/// @param trials  the measurements
public record Bundle(Instant made, List<Tuned> winners, List<Trial> trials) {

    public Bundle {
        winners = List.copyOf(winners);
        trials = List.copyOf(trials);
    }

    /// Where its records were measured, in the order in which they name them.
    public List<Environment> environments() {
        Set<Environment> environments = new LinkedHashSet<>();
        winners.forEach(winner -> environments.add(winner.environment()));
        trials.forEach(trial -> environments.add(trial.environment()));
        return List.copyOf(environments);
    }
}
