package tern.autotune.record;

import java.util.Optional;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.text.IrException;
import tern.scheduler.ScheduleSource;

/// What the records of one environment know of a use. A record that cannot be read any more is no answer.
///
/// @param environment that must be equal in all parts
public record RecordedSchedules(Records records, Environment environment) implements ScheduleSource {

    /// @throws RecordsException if the records cannot be read
    @Override
    public Optional<Tuned> tuned(Use use) {
        ProblemKey step = ProblemKey.of(use.kernel(), use.m(), use.k(), 1);
        ProblemKey batch = ProblemKey.of(use.kernel(), use.m(), use.k(), use.maxTokens());
        return records.tuned(step, batch, environment).flatMap(RecordedSchedules::read);
    }

    private static Optional<Tuned> read(tern.autotune.record.Tuned record) {
        try {
            Recipe step = Recipe.of(record.step(), new Candidate(record.packing(), record.stepSchedule()));
            Recipe batch = Recipe.of(record.batch(), new Candidate(record.packing(), record.batchSchedule()));
            return Optional.of(new Tuned(step.packing(), step.schedule(), batch.schedule()));
        } catch (IrException | IllegalArgumentException e) {
            return Optional.empty(); // the language has changed since
        }
    }
}
