package tern.autotune.search;

import java.util.List;
import tern.autotune.record.Environment;
import tern.scheduler.ScheduleSource;

/// What a search found.
///
/// @param bandwidth   read bandwidth, bytes per second, the best of several measurements during the search
/// @param results     of the uses, in their order; those that the search did not come to are missing
/// @param threads     the winners with other numbers of cores, most first; empty if that was not tried
/// @param tried       candidates, those of uses that it did not finish too
/// @param seconds     that it took
/// @param complete    false if it was stopped, or the time did not suffice for all uses
public record Tuning(
        Environment environment,
        double bandwidth,
        List<UseResult> results,
        List<ThreadSweep.Result> threads,
        int tried,
        double seconds,
        boolean complete) {

    public Tuning {
        results = List.copyOf(results);
        threads = List.copyOf(threads);
    }

    /// True if the cost model would have chosen all of the winners.
    public boolean isCostModels() {
        return results.stream().allMatch(result -> result.costModel()
                .filter(model -> result.chosen().filter(model::isSameAs).isPresent())
                .isPresent());
    }

    /// The winners, for a library.
    public ScheduleSource schedules() {
        return use -> results.stream()
                .filter(result -> result.use().equals(use))
                .findFirst()
                .flatMap(UseResult::chosen)
                .map(pair -> new ScheduleSource.Tuned(
                        pair.packing(), pair.step().candidate().schedule(), pair.batch().candidate().schedule()));
    }
}
