package tern.runtime.synth;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Threads that share the rows of one tensor at a time.
final class Crew implements AutoCloseable {

    private final ExecutorService threads;

    Crew(int count) {
        threads = Executors.newFixedThreadPool(count);
    }

    /// What is done with rows `[from, to)`.
    interface Range {
        void run(int from, int to);
    }

    /// Runs ranges of `size` that cover `count`, and waits for all of them.
    void share(int count, int size, Range body) {
        List<Future<?>> ranges = new ArrayList<>();
        for (int from = 0; from < count; from += size) {
            int first = from, last = Math.min(from + size, count);
            ranges.add(threads.submit(() -> body.run(first, last)));
        }
        for (Future<?> range : ranges) await(range);
    }

    private static void await(Future<?> range) {
        try {
            range.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
