package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ctrl-C on a real process.
class InterruptTest {

    private static final int SECONDS = 900;

    @TempDir
    Path folder;

    @Test
    void ctrlCKeepsWhatWasFoundAndSaysSo() throws IOException, InterruptedException {
        Path kill = Path.of("/bin/kill");
        assumeTrue(Files.isExecutable(kill), "no kill on this machine");
        assumeFalse(interruptsAreIgnored(), "SIGINT is ignored here, as in a shell's background jobs, and children inherit that");
        Path out = folder.resolve("out.txt");
        Process tern = new ProcessBuilder(command("tune", "--preset", "tiny", "--threads", "1", "--budget", "600", "--cache", folder.toString()))
                .redirectOutput(out.toFile())
                .start();
        var said = new StringBuilder();
        try (BufferedReader lines = tern.errorReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.append(line).append('\n');
                if (!line.contains(" samples")) continue;
                assertThat(new ProcessBuilder(kill.toString(), "-INT", String.valueOf(tern.pid())).start().waitFor()).isZero();
                break;
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) said.append(line).append('\n');
        }
        assertThat(tern.waitFor(SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
        assertThat(said.toString()).containsPattern("tern tune: stopped before a shape was tuned; what the trials of \\d+ candidates? showed is kept");
        assertThat(out).isEmptyFile();
        assertThat(tern.exitValue()).as("128 + SIGINT").isEqualTo(130);
        assertThat(tern.descendants()).isEmpty();
    }

    /// Bit 1 of the mask of ignored signals, where the OS shows it.
    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) return false;
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    private static List<String> command(String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (flag.startsWith("--") || flag.startsWith("-XX:")) command.add(flag);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
