package tern.autotune.trial;

import static java.util.Locale.ROOT;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A [TrialProcess], as its parent sees it.
final class Child implements AutoCloseable {

    /// Of what the process said on its standard error, for the one who asks why it died.
    private static final int LINES_KEPT = 3;

    /// Time in which this process itself is stopped is not the child's: no single wait counts for more than this.
    private static final double SLICE_SECONDS = 0.25;

    /// The process is no more.
    static final class GoneException extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final boolean tookTooLong;

        GoneException(String message, boolean tookTooLong) {
            super(message);
            this.tookTooLong = tookTooLong;
        }

        boolean tookTooLong() {
            return tookTooLong;
        }
    }

    /// A line that the process said; null: it will say no more.
    private record Line(@Nullable String text) {}

    private final Process process;
    private final PrintStream requests;
    private final BlockingQueue<Line> replies = new LinkedBlockingQueue<>();
    private final List<String> complaints = new ArrayList<>();
    private final Thread complaining;

    /// @param line program and arguments
    Child(List<String> line) throws IOException {
        process = new ProcessBuilder(line).start();
        requests = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread.ofPlatform().daemon().name("replies").start(() -> {
            read(process.inputReader(StandardCharsets.UTF_8), this::answer);
            replies.add(new Line(null));
        });
        complaining = Thread.ofPlatform()
                .daemon()
                .name("complaints")
                .start(() -> read(process.errorReader(StandardCharsets.UTF_8), this::complain));
    }

    private static void read(BufferedReader reader, Consumer<String> sink) {
        try (reader) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) sink.accept(line);
        } catch (IOException _) {
            // The process was killed while it spoke.
        }
    }

    /// The JVM itself may speak on the standard output as well.
    private void answer(String line) {
        if (line.startsWith("{")) replies.add(new Line(line));
        else complain(line);
    }

    /// The first lines say what happened, later ones where.
    private synchronized void complain(String line) {
        String said = line.replaceFirst("^#", "").strip();
        if (said.isEmpty() || said.startsWith("WARNING:") || complaints.size() == LINES_KEPT) return; // every JVM warns
        complaints.add(said);
    }

    void say(String line) {
        requests.println(line);
    }

    /// The next line.
    ///
    /// @param seconds to wait for it
    /// @throws GoneException if the process ended instead, or did not answer in time and was killed
    String hear(double seconds) {
        try {
            for (double waited = 0; waited < seconds;) {
                long start = System.nanoTime();
                Line line = replies.poll(100, TimeUnit.MILLISECONDS);
                if (line != null && line.text != null) return line.text;
                if (line != null) throw new GoneException(death(), false);
                waited += Math.min(SLICE_SECONDS, (System.nanoTime() - start) * 1e-9);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new GoneException("interrupted", false);
        }
        close();
        throw new GoneException(String.format(ROOT, "no answer after %.0f s", seconds), true);
    }

    private String death() throws InterruptedException {
        int status = process.waitFor();
        complaining.join(1000);
        synchronized (this) {
            return "the process ended with status " + status + (complaints.isEmpty() ? "" : ": " + String.join(" / ", complaints));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
