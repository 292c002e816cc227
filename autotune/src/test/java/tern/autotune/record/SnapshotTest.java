package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.tuned;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Winners in a file next to the database: quick, and never other ones than the database holds.
class SnapshotTest {

    @TempDir
    Path folder;

    private Path database, file;

    @BeforeEach
    void keepOne() {
        database = folder.resolve("records.db");
        file = folder.resolve("records.db.winners");
        change(records -> records.add(tuned("first", THEN)));
    }

    private interface Change {
        void make(Records records);
    }

    private void change(Change change) {
        try (Records records = Records.open(database.toString())) {
            change.make(records);
        }
    }

    private Optional<Tuned> ask() {
        try (Records records = Records.open(database.toString())) {
            return records.tuned(problem(1), problem(512), HERE);
        }
    }

    private Optional<List<Tuned>> snapshot() {
        var snapshot = new Snapshot(database);
        return snapshot.stamp().flatMap(snapshot::read);
    }

    @Test
    void theFirstQuestionMakesItAndTheNextUsesIt() throws IOException {
        assertThat(file).doesNotExist();
        assertThat(ask()).contains(tuned("first", THEN));
        assertThat(snapshot()).contains(List.of(tuned("first", THEN)));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("records.db", "records.db.winners");
        // Told by the snapshot: one that claims something else is believed.
        var own = new Snapshot(database);
        own.write(own.stamp().orElseThrow(), List.of(tuned("other", THEN)));
        assertThat(ask()).contains(tuned("other", THEN));
    }

    @Test
    void everyChangeOfTheDatabaseEndsIt() {
        List<Change> changes = List.of(
                records -> records.add(tuned("second", THEN.plusSeconds(1))),
                records -> records.add(trial(1)),
                records -> records.removeAll(List.of(trial(1)), List.of()),
                records -> records.removeAll(List.of(), List.of(tuned("second", THEN.plusSeconds(1)))));
        for (Change change : changes) {
            ask();
            assertThat(snapshot()).isPresent();
            change(change);
            assertThat(snapshot()).isEmpty();
        }
        assertThat(ask()).isEmpty();
    }

    @Test
    void anotherDatabaseInItsPlaceEndsIt() throws IOException {
        ask();
        Path other = folder.resolve("other.db");
        try (Records records = Records.open(other.toString())) {
            records.add(tuned("other", THEN));
        }
        Files.move(other, database, StandardCopyOption.REPLACE_EXISTING);
        assertThat(ask()).contains(tuned("other", THEN));
    }

    @Test
    void aDamagedOneIsMadeAnew() throws IOException {
        ask();
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(file, flipped);
            assertThat(snapshot()).as("byte %d", at).isEmpty();
        }
        Files.write(file, new byte[3]);
        assertThat(ask()).contains(tuned("first", THEN));
        assertThat(file).hasBinaryContent(whole);
    }

    @Test
    void duringATransactionTheDatabaseIsAsked() throws IOException {
        ask();
        Files.createFile(folder.resolve("records.db-journal"));
        assertThat(snapshot()).isEmpty();
        assertThat(ask()).contains(tuned("first", THEN));
    }

    @Test
    void whereItCannotBeWrittenTheDatabaseIsAsked() throws IOException {
        Files.createDirectory(file);
        assertThat(ask()).contains(tuned("first", THEN));
        assertThat(ask()).contains(tuned("first", THEN));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("records.db", "records.db.winners");
    }

    @Test
    void withoutADatabaseItSaysNothing() throws IOException {
        ask();
        Files.delete(database);
        assertThat(ask()).isEmpty();
    }
}
