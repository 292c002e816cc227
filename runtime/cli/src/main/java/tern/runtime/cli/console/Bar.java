package tern.runtime.cli.console;

import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// A progress bar on a terminal; nothing where there is none.
public final class Bar implements AutoCloseable {

    private final @Nullable ProgressBar shown;

    private Bar(@Nullable ProgressBar shown) {
        this.shown = shown;
    }

    /// @param unit what is counted, e.g. ` MB`
    /// @param size of the unit
    public static Bar of(String task, String unit, long size) {
        boolean onTerminal = Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
        if (!onTerminal) return new Bar(null);
        return new Bar(new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, size)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .clearDisplayOnFinish()
                .build());
    }

    public void at(long done, long total) {
        if (shown == null) return;
        shown.maxHint(total);
        shown.stepTo(done);
    }

    @Override
    public void close() {
        if (shown != null) shown.close();
    }
}
