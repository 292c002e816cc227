package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The same against a real PostgreSQL.
class PostgresRecordsTest extends SharedRecordsContract {

    private String url = "";

    /// In a schema of its own, beside a table of somebody else's.
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
}
