package tern.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// Feeds one reader.
///
/// @param loader that has loaded the reader
/// @param reader returns, or throws what is a finding
final class Fuzzer implements Runnable {

    /// Of one input: far above what any needs, far below what a hang or a number that is believed takes. Time is that of the processor.
    private static final long MOST_BYTES = 1L << 29, MOST_NANOS = 20_000_000_000L;

    /// @param problem how it ended
    record Finding(byte[] input, String problem) {}

    private final CoverageLoader loader;
    private final Consumer<byte[]> reader;
    private final List<byte[]> corpus;
    private final int inputs;
    private final SplittableRandom random;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private volatile byte[] current = {};
    private volatile long begun;
    private volatile Optional<Finding> finding = Optional.empty();
    private volatile int done;

    Fuzzer(CoverageLoader loader, Consumer<byte[]> reader, List<byte[]> seeds, int inputs, long seed) {
        this.loader = loader;
        this.reader = reader;
        corpus = new ArrayList<>(seeds);
        this.inputs = inputs;
        random = new SplittableRandom(seed);
    }

    /// The first finding, if there is any.
    Optional<Finding> find() throws InterruptedException {
        Thread thread = Thread.ofPlatform().daemon().name("fuzz").start(this);
        while (!thread.join(java.time.Duration.ofMillis(200))) {
            byte[] input = current;
            long nanos = threads.getThreadCpuTime(thread.threadId()) - begun;
            if (nanos > MOST_NANOS && input == current) return Optional.of(new Finding(input, "takes more than %d s".formatted(MOST_NANOS / 1_000_000_000)));
        }
        return finding;
    }

    int done() {
        return done;
    }

    /// The seeds, and what reached something new.
    List<byte[]> corpus() {
        return corpus;
    }

    @Override
    public void run() {
        for (byte[] seed : List.copyOf(corpus)) if (!read(seed)) return;
        int reached = loader.reached();
        var mutator = new Mutator(random);
        for (int i = 0; i < inputs; i++) {
            byte[] input = mutator.of(corpus);
            if (!read(input)) return;
            int now = loader.reached();
            if (now > reached) corpus.add(input);
            reached = now;
        }
    }

    /// Whether all went well.
    private boolean read(byte[] input) {
        current = input;
        begun = threads.getCurrentThreadCpuTime();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            reader.accept(input);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            if (bytes > MOST_BYTES) finding = Optional.of(new Finding(input, "takes %,d bytes".formatted(bytes)));
        } catch (Throwable e) { // whatever it is
            StackTraceElement[] trace = e.getStackTrace();
            finding = Optional.of(new Finding(input, e + (trace.length == 0 ? "" : " at " + trace[0] + " " + trace[Math.min(trace.length - 1, 1)])));
        }
        done++;
        return finding.isEmpty();
    }
}
