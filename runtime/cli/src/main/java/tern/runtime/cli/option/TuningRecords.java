package tern.runtime.cli.option;

import java.util.function.Consumer;
import java.util.function.Predicate;
import tern.autotune.record.Environment;
import tern.autotune.record.RecordedSchedules;
import tern.autotune.record.Records;
import tern.autotune.record.RecordsException;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.device.StartTimes;
import tern.scheduler.ScheduleSource;

/// What the tuning records know, for the commands that run a model.
public final class TuningRecords {

    private TuningRecords() {}

    /// What the records know for a device. Where they cannot be read, that is said once, and the cost model chooses.
    ///
    /// @param threads    cores in use; 0 = all
    /// @param packings   that may be chosen
    /// @param complaints told what is wrong with the records
    public static ScheduleSource schedules(Records records, Device device, int threads, Predicate<Packing> packings, Consumer<String> complaints) {
        if (!records.exist()) return ScheduleSource.NONE;
        RecordedSchedules known;
        try (var _ = StartTimes.part("records")) {
            known = new RecordedSchedules(records, Environment.of(device, cores(threads)));
        }
        boolean[] failed = new boolean[1];
        return use -> {
            if (failed[0]) return ScheduleSource.NONE.tuned(use);
            try (var _ = StartTimes.part("records")) {
                return known.tuned(use).filter(tuned -> packings.test(tuned.packing()));
            } catch (RecordsException e) {
                failed[0] = true;
                complaints.accept("tern: " + e.getMessage() + "; the cost model chooses");
                return ScheduleSource.NONE.tuned(use);
            }
        };
    }

    public static int cores(int threads) {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
