package tern.runtime.cli.tune;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import tern.autotune.record.Outcome;
import tern.autotune.search.Progress;
import tern.autotune.search.TuningCandidate;
import tern.autotune.search.Watcher;
import tern.ir.device.KernelLibrary.Use;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.report.Grid;

/// What `tern tune` shows while it works: on a terminal a table that is drawn anew, else one line for each trial.
public final class TuneProgress implements Watcher, AutoCloseable {

    private static final String UP = "\u001b[%dA", CLEAR = "\u001b[J";

    private final PrintWriter out;
    private final boolean live;
    private int drawn;

    private TuneProgress(PrintWriter out, boolean live) {
        this.out = out;
        this.live = live;
    }

    static TuneProgress of(PrintWriter out) {
        return new TuneProgress(out, Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false));
    }

    static TuneProgress of(PrintWriter out, boolean live) {
        return new TuneProgress(out, live);
    }

    @Override
    public void progress(Progress now) {
        if (!live) return;
        erase();
        String left = Double.isInfinite(now.secondsLeft()) ? "no limit of time" : "%.0f s left".formatted(now.secondsLeft());
        String table = table(now.lines()) + left + "; Ctrl-C keeps what was found" + System.lineSeparator();
        out.print(table);
        out.flush();
        drawn = (int) table.lines().count();
    }

    static String table(List<Progress.Line> lines) {
        var table = new Grid("shape", "tokens", "best so far", "us", "of limit", "left");
        for (Progress.Line line : lines) {
            TuningCandidate best = line.best();
            table.row(
                    Numbers.shape(line.use()),
                    line.tokens(),
                    best == null ? "" : best.label(),
                    best == null ? "" : Numbers.micros(line.seconds()),
                    best == null || Double.isNaN(line.share()) ? "" : Numbers.percent(line.share()),
                    switch (line.phase()) {
                        case WAITING -> "waits";
                        case RUNNING -> String.valueOf(line.left());
                        case DONE -> "done";
                    });
        }
        return table.toString();
    }

    private void erase() {
        if (drawn > 0) out.print(UP.formatted(drawn) + CLEAR);
        drawn = 0;
    }

    @Override
    public void tried(Use use, int tokens, TuningCandidate candidate, Outcome outcome) {
        if (live) return;
        String became = switch (outcome) {
            case Outcome.Measured m -> "%s us, %d samples".formatted(Numbers.micros(m.seconds()), m.samples());
            case Outcome.Failed(var reason, var detail) ->
                Numbers.words(reason) + ": " + detail;
        };
        out.printf("%s n %d: %s: %s%n", Numbers.shape(use), tokens, candidate.label(), became);
    }

    @Override
    public void trouble(String message) {
        erase();
        out.println("tern tune: " + message);
    }

    /// The last table goes; the report takes its place.
    @Override
    public void close() {
        erase();
        out.flush();
    }
}
