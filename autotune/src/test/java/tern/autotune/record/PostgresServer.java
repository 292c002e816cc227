package tern.autotune.record;

import static org.junit.jupiter.api.Assumptions.abort;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A real PostgreSQL for the tests of one JVM. It refuses to run as root; started by root, it runs in a user namespace of its own.
public final class PostgresServer {

    private static @Nullable EmbeddedPostgres running;

    private PostgresServer() {}

    /// Started with the first call; it ends with the JVM.
    private static synchronized EmbeddedPostgres running() {
        EmbeddedPostgres server = running;
        if (server != null) return server;
        try {
            EmbeddedPostgres started = EmbeddedPostgres.builder()
                    .setPGStartupWait(Duration.ofMinutes(2))
                    .setServerConfig("fsync", "off")
                    .setServerConfig("synchronous_commit", "off")
                    .start();
            running = started;
            return started;
        } catch (IOException | IllegalStateException e) {
            return abort("no PostgreSQL can be started here: " + e);
        }
    }

    /// Address of an empty schema of its own.
    public static String schema() throws SQLException {
        String name = "s" + System.nanoTime();
        execute("CREATE SCHEMA " + name);
        return running().getJdbcUrl("postgres", "postgres") + "&currentSchema=" + name;
    }

    public static int port() {
        return running().getPort();
    }

    /// By the administrator.
    public static void execute(String sql) throws SQLException {
        try (Connection connection = running().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
