package tern.ir.device;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where the time until a process is useful goes, by part.
///
/// Parts nest: what an inner one takes is not the outer one's, so that all of them add up to the whole. What happens outside of any belongs
/// to `rest`. Only the thread that begins is watched: what others do at the same time delays nobody.
public final class StartTimes {

    private static final String REST = "rest";

    private static final Map<String, Long> NANOS = Collections.synchronizedMap(new LinkedHashMap<>());
    private static final Deque<String> OPEN = new ArrayDeque<>();
    /// Number of the thread that is watched; 0 = none.
    private static volatile long watched;
    private static long mark;

    private StartTimes() {}

    /// Ends with [#close()].
    public interface Part extends AutoCloseable {
        @Override
        void close();
    }

    /// Watches the calling thread from now on, with nothing measured yet.
    public static void begin() {
        NANOS.clear();
        OPEN.clear();
        mark = System.nanoTime();
        watched = Thread.currentThread().threadId();
    }

    /// What passed before [#begin()].
    public static void add(String part, long nanos) {
        NANOS.merge(part, nanos, Long::sum);
    }

    /// A part of the calling thread's work, if that is the one that is watched.
    public static Part part(String name) {
        if (Thread.currentThread().threadId() != watched) return () -> {};
        turn();
        OPEN.push(name);
        return () -> {
            turn();
            OPEN.pop();
        };
    }

    private static void turn() {
        long now = System.nanoTime();
        add(OPEN.isEmpty() ? REST : OPEN.peek(), now - mark);
        mark = now;
    }

    /// Seconds of each part until now, in the order in which they were first left.
    public static Map<String, Double> seconds() {
        if (Thread.currentThread().threadId() == watched) turn();
        var seconds = new LinkedHashMap<String, Double>();
        synchronized (NANOS) {
            NANOS.forEach((part, nanos) -> seconds.put(part, nanos * 1e-9));
        }
        return seconds;
    }
}
