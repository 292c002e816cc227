package tern.autotune.trial;

import tern.autotune.record.Outcome;
import tern.ir.device.Samples;

/// What timing a candidate gave.
public sealed interface Timing {

    /// @param seconds of launches
    record Timed(Samples seconds) implements Timing {}

    /// It could not be timed.
    record Untimed(Outcome.Failed failure) implements Timing {}
}
