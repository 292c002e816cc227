package tern.runtime.cli.console;

import java.io.IOException;
import java.util.function.LongConsumer;
import tern.runtime.model.Session;

/// Work with a progress bar.
public final class Console {

    private Console() {}

    /// Work that reports per mille.
    public interface Work<T> {
        T run(LongConsumer perMille) throws IOException;
    }

    /// Readies a session for a prompt of `tokens` under a bar.
    public static void warmUp(Session session, int tokens) throws IOException {
        withBar("warm up", bar -> {
            session.warmUp(tokens, bar);
            return session;
        });
    }

    /// Runs `work` under a bar that appears with its first report.
    public static <T> T withBar(String task, Work<T> work) throws IOException {
        Bar[] bar = new Bar[1];
        try {
            return work.run(perMille -> {
                if (bar[0] == null) bar[0] = Bar.of(task, "", 1);
                bar[0].at(perMille, 1000);
            });
        } finally {
            if (bar[0] != null) bar[0].close();
        }
    }
}
