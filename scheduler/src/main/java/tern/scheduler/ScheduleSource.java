package tern.scheduler;

import java.util.Optional;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;

/// Who knows the best way to compute a use: a database of measurements. Where it knows none, the cost model decides.
@FunctionalInterface
public interface ScheduleSource {

    ScheduleSource NONE = use -> Optional.empty();

    Optional<Tuned> tuned(Use use);

    /// What was found best.
    ///
    /// @param packing of all weight parameters
    /// @param step    for launches with n = 1
    /// @param batch   for launches with any n up to the use's maximum
    record Tuned(Packing packing, Schedule step, Schedule batch) {}
}
