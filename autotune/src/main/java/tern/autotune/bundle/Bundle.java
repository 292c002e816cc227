package tern.autotune.bundle;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tern.autotune.record.Environment;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;

/// What a bundle holds.
///
/// @param made    when it was put together
/// @param winners schedules and packings, chosen by measurement
/// @param trials  the measurements
/// @param codes   of some winners; for people to look at and for programs without a compiler. Tern runs none of it
public record Bundle(Instant made, List<Tuned> winners, List<Trial> trials, List<Code> codes) {

    public Bundle {
        winners = List.copyOf(winners);
        trials = List.copyOf(trials);
        codes = List.copyOf(codes);
    }

    /// Records alone.
    public Bundle(Instant made, List<Tuned> winners, List<Trial> trials) {
        this(made, winners, trials, List.of());
    }

    /// What one of a winner's schedules was compiled to.
    ///
    /// @param winner  one of the bundle's
    /// @param batch   whether it is the schedule for batches, else that for single tokens
    /// @param form    of a [tern.ir.device.Exporter]: `ptx`
    /// @param target  name of the machine that it was written for
    /// @param files   texts by path
    public record Code(Tuned winner, boolean batch, String form, String target, SortedMap<String, String> files) {
        public Code {
            files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        }
    }

    /// Where its records were measured, in the order in which they name them.
    public List<Environment> environments() {
        Set<Environment> environments = new LinkedHashSet<>();
        winners.forEach(winner -> environments.add(winner.environment()));
        trials.forEach(trial -> environments.add(trial.environment()));
        return List.copyOf(environments);
    }
}
