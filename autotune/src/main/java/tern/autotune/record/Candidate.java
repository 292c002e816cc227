package tern.autotune.record;

import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.text.Printer;

/// One way to compute a problem, as text that needs no other text.
///
/// @param packing  printed packing, its codecs before it
/// @param schedule printed schedule
public record Candidate(String packing, String schedule) {

    /// @param target name that the schedule is printed for
    public static Candidate of(Packing packing, String target, Schedule schedule) {
        return new Candidate(Printer.printWithCodecs(packing), Printer.print(target, schedule));
    }

    /// In today's words: until November 2026 a schedule called its cache block a panel.
    public Candidate current() {
        return new Candidate(packing, schedule.replace("\n    panel ", "\n    cache block "));
    }
}
