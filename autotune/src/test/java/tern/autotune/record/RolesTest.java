package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.tuned;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The script for roles of a shared database, as the documentation has it.
class RolesTest {

    private static String url(String user, String password) {
        return "jdbc:postgresql://localhost:%d/postgres?user=%s&password=%s".formatted(PostgresServer.port(), user, password);
    }

    @Test
    void tunersMakeTheTablesAndReadersRead() throws Exception {
        PostgresServer.execute(Files.readString(Path.of("..", "docs", "fleet.sql")));
        try (Records reader = Records.open(url("tern_runner", "runner"))) {
            assertThat(reader.tuned(problem(1), problem(512), HERE)).as("before anybody has tuned").isEmpty();
            var tuners = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < 6; i++) {
                int number = i;
                tuners.add(() -> {
                    try (Records own = Records.open(url("tern_tuner", "tuner"))) {
                        boolean mine = own.claims(Duration.ofHours(1)).take("work", Instant.EPOCH); // of which one makes the tables
                        own.add(trial(number));
                        return mine;
                    }
                });
            }
            int takers = 0;
            try (var threads = Executors.newFixedThreadPool(tuners.size())) {
                for (Future<Boolean> mine : threads.invokeAll(tuners)) takers += mine.get() ? 1 : 0;
            }
            assertThat(takers).isEqualTo(1);
            try (Records tuner = Records.open(url("tern_tuner", "tuner"))) {
                tuner.add(tuned("s", THEN));
            }
            assertThat(reader.trials()).hasSize(6);
            assertThat(reader.tuned(problem(1), problem(512), HERE)).contains(tuned("s", THEN));
            assertThatThrownBy(() -> reader.add(trial(7)))
                    .isInstanceOf(RecordsException.class)
                    .hasMessageStartingWith(reader.name() + ": ")
                    .message().hasLineCount(1);
        }
    }
}
