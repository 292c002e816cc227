package tern.runtime.cli.console;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Something that another thread makes while the calling one has other work.
public final class Meanwhile<T> {

    /// How it is made.
    public interface Work<T> {
        T make() throws IOException;
    }

    private final FutureTask<T> task;

    private Meanwhile(Work<T> work) {
        task = new FutureTask<>(work::make);
    }

    /// Begins with it.
    public static <T> Meanwhile<T> begin(Work<T> work) {
        var begun = new Meanwhile<>(work);
        Thread.startVirtualThread(begun.task);
        return begun;
    }

    /// Waits until it is made.
    ///
    /// @throws IOException as the work has thrown it, and so with what is unchecked
    public T get() throws IOException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) throw cause;
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while something is made", e);
        }
    }
}
