package tern.autotune.record;

import static org.junit.jupiter.api.Assumptions.abort;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL that a test may stop and start again.
public final class OwnServer implements AutoCloseable {

    private final Path data;
    private int port;
    private @Nullable EmbeddedPostgres running;

    public OwnServer(Path data) {
        this.data = data;
        start();
    }

    /// At the port that it had.
    public void start() {
        try {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(false)
                    .setPGStartupWait(Duration.ofMinutes(2)).setServerConfig("fsync", "off");
            if (port != 0) builder.setPort(port);
            EmbeddedPostgres started = builder.start();
            port = started.getPort();
            running = started;
        } catch (IOException | IllegalStateException e) {
            abort("no PostgreSQL can be started here: " + e);
        }
    }

    public void stop() {
        try {
            if (running != null) running.close();
            running = null;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public String url() {
        return "jdbc:postgresql://localhost:%d/postgres?user=postgres&password=postgres".formatted(port);
    }

    /// The records in it, with a copy in a folder.
    public Records records(Path folder, Consumer<String> said, LongSupplier nanos) {
        return new SharedRecords(Records.open(url()), folder, said, nanos);
    }

    @Override
    public void close() {
        stop();
    }
}
