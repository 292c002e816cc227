package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.tuned;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same against a real PostgreSQL.
class PostgresRecordsTest extends SharedRecordsContract {

    private static final String IMPATIENT = "&options=-c%20lock_timeout=50ms";

    private String url = "";

    /// In a schema of its own, next to a table of somebody else's.
    @Override
    Records create() throws SQLException {
        url = PostgresServer.schema();
        PostgresServer.execute("CREATE TABLE %s.theirs (a INTEGER)".formatted(url.replaceFirst(".*currentSchema=", "")));
        return reopen();
    }

    @Override
    Records reopen() {
        return Records.open(url);
    }

    @Test
    void aBrokenConnectionIsOpenedAgain() throws SQLException {
        records.add(trial(0));
        PostgresServer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tern'");
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

    /// What the address says comes before what we ask for.
    @Test
    void theServerKnowsHowLongAStatementMayTake() throws SQLException {
        try (Connection connection = new Database.Postgres(url).connect()) {
            assertThat(setting(connection, "statement_timeout")).isEqualTo("20s");
            assertThat(setting(connection, "lock_timeout")).isEqualTo("10s");
            assertThat(setting(connection, "idle_in_transaction_session_timeout")).isEqualTo("20s");
        }
        try (Connection connection = new Database.Postgres(url + IMPATIENT).connect()) {
            assertThat(setting(connection, "lock_timeout")).isEqualTo("50ms");
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SHOW " + name)) {
            found.next();
            return found.getString(1);
        }
    }

    /// A table that somebody holds is a database that does not answer in time.
    @Test
    void aSlowServerLeavesTheLastCopy(@TempDir Path folder) throws SQLException {
        var said = new ArrayList<String>();
        try (Records shared = new SharedRecords(Records.open(url + IMPATIENT), folder, said::add, () -> 0);
                Connection holder = new Database.Postgres(url).connect();
                Statement statement = holder.createStatement()) {
            shared.add(tuned("s", THEN));
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE tern_tuned IN ACCESS EXCLUSIVE MODE");
            assertThat(shared.tuned(problem(1), problem(512), HERE)).contains(tuned("s", THEN));
            assertThat(said).singleElement().asString().contains("lock timeout").contains("its last copy here serves");
            holder.rollback();
        }
    }

    /// Stopped, as by a signal: the system takes connections for it, and nobody answers.
    @Test
    void aSilentServerIsAskedOnceAndLeavesTheLastCopy(@TempDir Path folder) throws IOException {
        var said = new ArrayList<String>();
        try (var silent = new ServerSocket(0)) {
            String address = "jdbc:postgresql://localhost:%d/none?user=me&password=secret&loginTimeout=1".formatted(silent.getLocalPort());
            try (Records shared = new SharedRecords(Records.open(address), folder, said::add, () -> 0)) {
                shared.add(tuned("s", THEN));
                assertThat(shared.tuned(problem(1), problem(512), HERE)).contains(tuned("s", THEN));
            }
            assertThat(said).singleElement().asString().contains("its last copy here serves");
            silent.setSoTimeout(1);
            silent.accept().close();
            assertThatThrownBy(silent::accept).as("a second connection").isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void manyThreadsShareOneConnection() throws Exception {
        try (Records own = Records.open(url + "&ApplicationName=counted");
                Connection connection = new Database.Postgres(url).connect();
                Statement statement = connection.createStatement()) {
            var writers = new ArrayList<Callable<Void>>();
            for (int i = 0; i < 8; i++) {
                int number = i;
                writers.add(() -> {
                    own.add(trial(number));
                    return null;
                });
            }
            try (var threads = Executors.newFixedThreadPool(writers.size())) {
                for (Future<Void> done : threads.invokeAll(writers)) done.get();
            }
            try (ResultSet found = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted'")) {
                found.next();
                assertThat(found.getInt(1)).isEqualTo(1);
            }
        }
    }
}
