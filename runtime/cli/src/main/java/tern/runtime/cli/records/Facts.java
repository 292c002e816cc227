package tern.runtime.cli.records;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.ir.Schedule;
import tern.ir.text.IrException;

/// A record's texts, in a few words.
///
/// @param packing,kernel names
/// @param how            the schedule, see [tern.ir.Schedule#brief]
/// @param bytes          of weights that a launch reads; 0 if the texts are not sound
public record Facts(String kernel, String packing, String how, long bytes) {

    private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    static Facts of(ProblemKey problem, String packing, String schedule, Recipe.Reader texts) {
        try {
            Recipe recipe = texts.read(problem.kernel(), packing, schedule);
            return new Facts(
                    recipe.kernel().name(), recipe.packing().name(), recipe.schedule().brief(), recipe.weightBytes(problem.m(), problem.k()));
        } catch (IrException | IllegalArgumentException e) {
            return new Facts("not sound", "not sound", "not sound", 0);
        }
    }

    static String shape(ProblemKey problem) {
        return problem.m() + " x " + problem.k();
    }

    static String micros(double seconds) {
        return "%.1f".formatted(seconds * 1e6);
    }

    /// Of weights, billion bytes a second.
    String bandwidth(double seconds) {
        return bytes == 0 || seconds == 0 ? "" : "%.1f".formatted(bytes / seconds * 1e-9);
    }

    /// In UTC, as records are shared among machines.
    public static String minute(Instant at) {
        return MINUTES.format(at);
    }
}
