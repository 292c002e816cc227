package tern.runtime.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Turns Ctrl-C into a request: the JVM waits with its end until the command has said what it found.
public final class Interrupt implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 20;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    /// @param stop called when the process is asked to end; the command must then come to its end soon
    public Interrupt(Runnable stop) {
        hook = new Thread(() -> {
            stop.run();
            await();
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await() {
        try {
            if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) System.err.println("tern: gave up waiting");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The command has said everything.
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // It runs already.
        }
    }
}
