package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.trials;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file of records among processes: two writers, one that is killed, a full disk, a read-only one.
class RecordsProcessTest {

    @TempDir
    Path folder;

    private String file() {
        return folder.resolve("records.db").toString();
    }

    private List<Trial> kept() {
        try (Records records = Records.open(file())) {
            return records.trials();
        }
    }

    @Test
    void twoProcessesThatWriteAtOnceLoseNothing() throws Exception {
        Process other = ChildJvm.start(ChildJvm.command("add", file(), "0", "60"));
        try (Records records = Records.open(file())) {
            // Not before the other process is at work, which takes longer to start than this one to write.
            try (BufferedReader lines = other.inputReader()) {
                assertThat(lines.readLine()).isEqualTo("kept 0");
                trials(60, 120).forEach(records::add);
                assertThat(lines.readAllLines()).hasSize(60).startsWith("kept 1").noneMatch(line -> line.startsWith("failed"));
            }
            assertThat(other.waitFor()).isZero();
        }
        assertThat(kept()).isEqualTo(trials(0, 120));
    }

    /// SQLite's driver unpacks its library there; the folder of the records will do. `/proc` takes no file, not even root's.
    @Test
    void theFolderForTemporaryFilesMayBeReadOnly() {
        List<String> command = ChildJvm.command("add", file(), "0", "2");
        command.add(1, "-Djava.io.tmpdir=/proc");
        assertThat(ChildJvm.run(command)).isEqualTo("kept 0\nkept 1\nthere are 2\n");
    }

    @Test
    void theFolderForTemporaryFilesMayForbidToExecute() throws Exception {
        Path mounted = Files.createDirectory(folder.resolve("noexec"));
        String said = ChildJvm.runOnSmallDisk(mounted, 4096,
                "mount -o remount,noexec '%s' && export JAVA_TOOL_OPTIONS=-Djava.io.tmpdir='%s'".formatted(mounted, mounted), "add", file(), "0", "2");
        assertThat(said).endsWith("kept 0\nkept 1\nthere are 2\n");
    }

    @Test
    void whatWasKeptBeforeAKillStays() throws Exception {
        Path output = folder.resolve("output");
        List<String> command = ChildJvm.command("add", file(), "0", "1000000");
        command.add(1, "-Dorg.sqlite.tmpdir=" + folder); // a driver that is killed cannot clean up
        Process writer = new ProcessBuilder(command).redirectOutput(output.toFile()).start();
        while (writer.isAlive() && Files.size(output) < 200) Thread.sleep(1);
        writer.destroyForcibly().waitFor();
        List<String> said = Files.readAllLines(output);
        assertThat(said).startsWith("kept 0").hasSizeGreaterThan(10).allMatch(line -> line.startsWith("kept "));
        List<Trial> kept = kept();
        // The last one may have been kept without a word.
        assertThat(kept).hasSizeBetween(said.size(), said.size() + 1).isEqualTo(trials(0, kept.size()));
        try (Records again = Records.open(file())) {
            again.add(trial(2_000_000));
            assertThat(again.trials()).hasSize(kept.size() + 1);
        }
    }

    @Test
    void aFullDiskIsOneMessageAndLosesNothing() {
        List<String> said = ChildJvm.runOnSmallDisk(folder, 128, "true", "add", file(), "0", "200").lines().toList();
        int kept = (int) said.stream().filter(line -> line.startsWith("kept")).count();
        assertThat(said.subList(0, kept)).isEqualTo(IntStream.range(0, kept).mapToObj(i -> "kept " + i).toList());
        assertThat(said.subList(kept, 200)).containsOnly("failed: " + file() + ": the record is not kept: the disk is full");
        assertThat(said.subList(200, said.size())).containsExactly("there are " + kept);
        assertThat(kept).isPositive().isLessThan(200);
    }

    @Test
    void aDiskWithoutRoomForTheTables() {
        assertThat(ChildJvm.runOnSmallDisk(folder, 32, "true", "add", file(), "0", "1").lines())
                .containsExactly("failed: " + file() + ": cannot be made: the disk is full", "there are 0");
    }

    @Test
    void aReadOnlyFolderIsReadAndRefusesRecords() throws Exception {
        try (Records records = Records.open(file())) {
            records.addAll(trials(0, 3), List.of());
        }
        // The disk hides what lies in the folder, so the file waits elsewhere.
        Path outside = Files.createTempFile("records", ".db");
        try {
            Files.copy(Path.of(file()), outside, StandardCopyOption.REPLACE_EXISTING);
            String prepare = "cp '%s' '%s' && mount -o remount,ro '%s'".formatted(outside, file(), folder);
            assertThat(ChildJvm.runOnSmallDisk(folder, 256, prepare, "add", file(), "3", "4").lines())
                    .containsExactly("failed: " + file() + ": the record is not kept: the file or its folder is read-only", "there are 3");
        } finally {
            Files.delete(outside);
        }
        assertThat(kept()).isEqualTo(trials(0, 3));
    }

    @Test
    void aReadOnlyFolderWithoutRecords() {
        String mount = "mount -o remount,ro '%s'".formatted(folder);
        assertThat(ChildJvm.runOnSmallDisk(folder, 64, mount, "add", file(), "0", "1").lines())
                .containsExactly("failed: " + file() + ": cannot be opened, or made there", "there are 0");
        assertThat(ChildJvm.runOnSmallDisk(folder, 64, mount, "add", folder.resolve("new/records.db").toString(), "0", "1").lines())
                .hasSize(2)
                .first().asString().contains(": cannot be made: ").contains("Read-only file system");
    }
}
