package tern.autotune.record;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// [RecordsMain] in another process.
final class ChildJvm {

    private ChildJvm() {}

    static List<String> command(String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp"));
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(RecordsMain.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    static Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /// What it prints until it ends.
    static String run(List<String> command) {
        try {
            Process child = start(command);
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (child.waitFor() != 0) throw new AssertionError(String.join(" ", command) + "\n" + said);
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// A process that sees a small file system at `folder`, which nobody else sees and which is gone with it.
    ///
    /// @param afterwards shell commands between the mount and the program
    static String runOnSmallDisk(Path folder, int kilobytes, String afterwards, String... arguments) {
        String mount = "mount -t tmpfs -o size=%dk tmpfs '%s'".formatted(kilobytes, folder);
        assumeTrue(succeeds("unshare", "-Urm", "sh", "-c", mount), "no user may mount a file system of its own here");
        var command = new ArrayList<>(List.of("unshare", "-Urm", "sh", "-c", mount + " && " + afterwards + " && exec \"$@\"", "sh"));
        command.addAll(command(arguments));
        return run(command);
    }

    private static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            return process.waitFor(15, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // another kind of system
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
