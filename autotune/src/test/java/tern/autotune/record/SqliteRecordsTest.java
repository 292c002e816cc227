package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.trials;
import static tern.autotune.record.Samples.tuned;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A file of records, and what can be wrong with it.
class SqliteRecordsTest extends SharedRecordsContract {

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("some").resolve("records.db");
    }

    @Override
    Records create() {
        return reopen();
    }

    @Override
    Records reopen() {
        return Records.open(file().toString());
    }

    @Test
    void nothingIsMadeBeforeSomethingIsKept() {
        records.warmUp();
        assertThat(records.tuned(problem(1), problem(512), HERE)).isEmpty();
        assertThat(records.trials()).isEmpty();
        assertThat(folder).isEmptyDirectory();
        records.add(trial(0));
        assertThat(file()).isRegularFile();
        assertThat(file().getParent().toFile().list()).containsExactly("records.db");
    }

    @Test
    void anAddressNamesTheSameFile() {
        records.add(trial(0));
        try (Records other = Records.open("jdbc:sqlite:" + file())) {
            assertThat(other.trials()).containsExactly(trial(0));
        }
    }

    @Test
    void otherDatabasesAreRefused() {
        assertThatThrownBy(() -> Records.open("jdbc:mysql://me:secret@host/db"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("records are kept in a file or in jdbc:postgresql://..., not in jdbc:mysql");
    }

    @Test
    void anEmptyFileHoldsNoRecordsAndTakesSome() throws IOException {
        Files.createDirectories(file().getParent());
        Files.createFile(file());
        assertThat(records.trials()).isEmpty();
        assertThat(file()).isEmptyFile();
        records.add(trial(0));
        assertThat(records.trials()).containsExactly(trial(0));
    }

    private void assertDamaged(Records damaged) {
        assertThatThrownBy(() -> damaged.tuned(problem(1), problem(512), HERE)).satisfies(SqliteRecordsTest::isClear);
        assertThatThrownBy(damaged::trials).satisfies(SqliteRecordsTest::isClear);
        assertThatThrownBy(() -> damaged.add(trial(1))).satisfies(SqliteRecordsTest::isClear);
    }

    private static void isClear(Throwable thrown) {
        assertThat(thrown).isInstanceOf(RecordsException.class);
        assertThat(((RecordsException) thrown).isDamaged()).isTrue();
        assertThat(thrown.getMessage()).hasLineCount(1).contains("records.db: ");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 5000})
    void aFileOfSomethingElseIsNamedAndLeftAsItIs(int length) throws IOException {
        Files.createDirectories(file().getParent());
        byte[] bytes = "All this is no database. ".repeat(length).substring(0, length).getBytes();
        Files.write(file(), bytes);
        assertDamaged(records);
        assertThat(file()).hasBinaryContent(bytes);
    }

    @Test
    void aFileWithLostPagesIsNamedAndLeftAsItIs() throws IOException {
        records.addAll(trials(0, 40), List.of(tuned("s", THEN)));
        records.close();
        try (var raw = new RandomAccessFile(file().toFile(), "rw")) {
            byte[] junk = new byte[(int) raw.length() - 100];
            java.util.Arrays.fill(junk, (byte) 0x5a);
            raw.seek(100); // after the header
            raw.write(junk);
        }
        byte[] before = Files.readAllBytes(file());
        assertDamaged(records);
        assertThat(file()).hasBinaryContent(before);
    }

    @Test
    void aFolderIsNoFile() throws IOException {
        Files.createDirectories(file());
        assertDamaged(records);
    }

    @Test
    void aFileWhereTheFolderShouldBe() throws IOException {
        Files.writeString(file().getParent(), "");
        assertThat(records.trials()).isEmpty();
        assertThatThrownBy(() -> records.add(trial(0)))
                .isInstanceOf(RecordsException.class)
                .hasMessage(file() + ": cannot be made: " + file().getParent() + " is no folder");
    }

    /// Every script next to the class is run: one that was forgotten in the list would not be.
    @Test
    void allScriptsAreListed() throws Exception {
        Path scripts = Path.of(Schema.class.getResource(Schema.SCRIPTS.getFirst()).toURI()).getParent();
        try (Stream<Path> files = Files.list(scripts)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(name -> name.endsWith(".sql")).sorted())
                    .isEqualTo(Schema.SCRIPTS);
        }
    }
}
