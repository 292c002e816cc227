package tern.scheduler;

import java.util.Optional;
import tern.ir.Schedule;

/// Who knows the best schedule of a kernel: a database of measurements. Where it knows none, the cost model decides.
@FunctionalInterface
public interface ScheduleSource {

    ScheduleSource NONE = key -> Optional.empty();

    Optional<Schedule> best(KernelKey key);
}
