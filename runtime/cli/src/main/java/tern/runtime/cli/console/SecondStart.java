package tern.runtime.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// The same command in a JVM with one module more: where the launcher's guess was wrong that kernels become machine code.
///
/// Nothing has been written by then, for no model has been loaded; what was read from standard input is gone, so the launcher does not guess
/// where a prompt comes from there.
public final class SecondStart {

    private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");

    private SecondStart() {}

    /// @param module of the JDK
    /// @return the status that the command ended with; empty where the system does not tell how this process was started
    public static OptionalInt with(String module) {
        try {
            List<String> given = List.of(Files.readString(ARGUMENTS).split("\0"));
            if (given.stream().anyMatch(flag(module)::equals)) return OptionalInt.empty(); // once is enough
            return OptionalInt.of(new ProcessBuilder(line(given, module)).inheritIO().start().waitFor());
        } catch (IOException e) {
            return OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalInt.empty();
        }
    }

    private static String flag(String module) {
        return "--add-modules=" + module;
    }

    /// @param given the program and its arguments
    static List<String> line(List<String> given, String module) {
        var line = new ArrayList<>(given);
        line.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.add(1, flag(module));
        return line;
    }
}
