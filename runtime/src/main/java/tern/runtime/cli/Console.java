package tern.runtime.cli;

import java.io.IOException;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// Progress of long work, on standard error.
final class Console {

    private Console() {}

    /// Work that reports per mille.
    interface Work<T> {
        T run(LongConsumer perMille) throws IOException;
    }

    /// Runs `work` under a bar that appears with its first report.
    static <T> T withBar(String task, Work<T> work) throws IOException {
        ProgressBar[] bar = new ProgressBar[1];
        try {
            return work.run(perMille -> {
                if (bar[0] == null)
                    bar[0] = new ProgressBarBuilder()
                            .setTaskName(task)
                            .setInitialMax(1000)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(200)
                            .build();
                bar[0].stepTo(perMille);
            });
        } finally {
            if (bar[0] != null) bar[0].close();
        }
    }
}
