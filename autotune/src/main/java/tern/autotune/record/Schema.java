package tern.autotune.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Collection;
import java.util.List;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/// The tables, brought up to date by Flyway.
///
/// Flyway takes a quarter of a second to start. So whoever only asks looks into Flyway's table by hand, see [#find], and Flyway
/// is started when something is missing.
final class Schema {

    /// Resources next to this class, in the order of their versions. A script that was ever published stays as it is.
    static final List<String> SCRIPTS = List.of("V1__trials_and_winners.sql", "V2__machines_and_claims.sql");

    private static final int VERSION = SCRIPTS.size();

    private static final String HISTORY = "tern_schema_history";

    /// Another process may be making the tables at this moment.
    private static final int ATTEMPTS = 10;

    enum State {
        /// No tables, hence no records.
        NONE,
        /// Tables of an earlier Tern.
        OLD,
        /// Tables that this Tern understands.
        CURRENT
    }

    private Schema() {}

    static State find(Database database, Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT COUNT(*) FROM " + HISTORY + " WHERE success AND version <> '0'");
                ResultSet found = statement.executeQuery()) {
            found.next();
            int versions = found.getInt(1);
            return versions == 0 ? State.NONE : versions < VERSION ? State.OLD : State.CURRENT;
        } catch (SQLException e) {
            if (database.isMissingTable(e)) return State.NONE;
            throw e;
        }
    }

    /// Makes the tables or alters old ones. Several processes may do so at once: one of them wins, and the others see that it did.
    ///
    /// @param connection to look with
    static void migrate(Database database, Connection connection) throws SQLException {
        database.keepTables(connection);
        try {
            if (find(database, connection) != State.CURRENT) make(database, connection);
        } finally {
            database.allowTables(connection);
        }
    }

    private static void make(Database database, Connection connection) throws SQLException {
        for (int attempt = 1;; attempt++)
            try {
                flyway(database).migrate();
                return;
            } catch (FlywayException e) {
                State found = find(database, connection);
                if (found == State.CURRENT) return;
                if (attempt == ATTEMPTS || !mayPass(database, e, found)) throw e;
                pause(attempt);
            }
    }

    /// The database refused because of another writer, or Flyway did: it finds a history that another has made and not yet filled.
    private static boolean mayPass(Database database, FlywayException e, State found) {
        SQLException cause = cause(e);
        return cause == null ? found == State.NONE : database.isCollision(cause);
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep(10L * attempt);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Flyway flyway(Database database) {
        return Flyway.configure(Schema.class.getClassLoader())
                .dataSource(new Connections(database))
                .table(HISTORY)
                .resourceProvider(new Scripts())
                .locations(new String[0])
                .loggers("slf4j")
                .baselineOnMigrate(true) // a server's schema may hold tables of others
                .baselineVersion("0")
                .load();
    }

    static @Nullable SQLException cause(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) if (t instanceof SQLException found) return found;
        return null;
    }

    /// The scripts as resources of this module, which Flyway cannot look into by itself.
    private static final class Scripts implements ResourceProvider {

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return SCRIPTS.contains(name) ? new Script(name) : null;
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return SCRIPTS.stream()
                    .filter(name -> name.startsWith(prefix) && List.of(suffixes).stream().anyMatch(name::endsWith))
                    .map(name -> (LoadableResource) new Script(name))
                    .toList();
        }
    }

    private static final class Script extends LoadableResource {

        private final String name;

        Script(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            try (InputStream stream = Schema.class.getResourceAsStream(name)) {
                if (stream == null) throw new IllegalStateException("the installation lacks " + name);
                return new StringReader(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return name;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }

    /// What Flyway takes connections from.
    private record Connections(Database database) implements DataSource {

        @Override
        public Connection getConnection() throws SQLException {
            return database.connect();
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            throw new SQLFeatureNotSupportedException("the address names the user");
        }

        @Override
        public @Nullable PrintWriter getLogWriter() {
            return null;
        }

        @Override
        public void setLogWriter(PrintWriter out) {}

        @Override
        public void setLoginTimeout(int seconds) {}

        @Override
        public int getLoginTimeout() {
            return 0;
        }

        @Override
        public Logger getParentLogger() throws SQLFeatureNotSupportedException {
            throw new SQLFeatureNotSupportedException();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("wraps nothing");
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
