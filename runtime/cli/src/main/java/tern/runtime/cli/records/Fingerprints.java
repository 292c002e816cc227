package tern.runtime.cli.records;

import java.util.List;
import tern.autotune.record.Environment;
import tern.autotune.record.Tuned;

/// Fingerprints by what a user types.
public final class Fingerprints {

    private Fingerprints() {}

    /// @param wanted the beginning of a fingerprint, or a part of a processor's description
    /// @throws IllegalArgumentException if no winner is of such machines, or those of several are
    public static Environment find(List<Tuned> winners, String wanted) {
        List<Environment> all = winners.stream().map(Tuned::environment).distinct().toList();
        List<Environment> found = all.stream().filter(e -> e.fingerprint().startsWith(wanted) || e.processor().contains(wanted)).toList();
        if (found.size() == 1) return found.getFirst();
        throw new IllegalArgumentException("--like %s: %s of %s".formatted(
                wanted, found.isEmpty() ? "none" : found.size() + " fit", all.stream().map(FleetReport::brief).toList()));
    }
}
