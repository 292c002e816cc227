package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The same against a real PostgreSQL. It refuses to run as root; started by root, it runs in a user namespace of its own.
class PostgresRecordsTest extends SharedRecordsContract {

    private static @Nullable EmbeddedPostgres server;

    private String url = "";

    @BeforeAll
    static void start() {
        try {
            server = EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(15)).start();
        } catch (IOException | IllegalStateException e) {
            abort("no PostgreSQL can be started here: " + e);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (server != null) server.close();
    }

    private static EmbeddedPostgres server() {
        if (server == null) throw new IllegalStateException("not started");
        return server;
    }

    /// In a schema of its own, beside a table of somebody else's.
    @Override
    Records create() throws SQLException {
        String schema = "s" + System.nanoTime();
        try (Connection connection = server().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA %1$s; CREATE TABLE %1$s.theirs (a INTEGER)".formatted(schema));
        }
        url = server().getJdbcUrl("postgres", "postgres") + "&currentSchema=" + schema;
        return reopen();
    }

    @Override
    Records reopen() {
        return Records.open(url);
    }

    @Test
    void aBrokenConnectionIsOpenedAgain() throws SQLException {
        records.add(trial(0));
        try (Connection connection = server().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tern'");
        }
        records.add(trial(1));
        assertThat(records.trials()).containsExactly(trial(0), trial(1));
    }

    @Test
    void allOrNothing() {
        Trial bad = new Trial(problem(1), new Candidate("no database keeps \0", ""), HERE, Samples.measured(1), THEN);
        assertThatThrownBy(() -> records.addAll(List.of(trial(0), bad), List.of()))
                .isInstanceOf(RecordsException.class)
                .hasMessageStartingWith(records.name() + ": ");
        assertThat(records.trials()).isEmpty();
        records.add(trial(0));
        assertThat(records.trials()).containsExactly(trial(0));
    }

    @Test
    void theNameTellsNoPassword() {
        assertThat(Records.open("jdbc:postgresql://me:secret@host/db?password=secret&user=me").name())
                .isEqualTo("jdbc:postgresql://host/db");
    }

    @Test
    void aServerThatIsNotThereIsOneLine() {
        Records nowhere = Records.open("jdbc:postgresql://localhost:1/none?user=me&password=secret");
        assertThatThrownBy(nowhere::trials)
                .isInstanceOf(RecordsException.class)
                .hasMessageStartingWith("jdbc:postgresql://localhost:1/none: ")
                .hasMessageNotContaining("secret")
                .message().hasLineCount(1);
    }
}
