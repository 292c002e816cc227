package tern.runtime.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tern.ir.device.StartTimes;

/// What passed before the first line of Java, as Linux tells it to a hundredth of a second; nothing where nobody tells.
///
/// The launchers keep their process: when it began is when `tern` was called. They leave the moment at which they start the JVM in
/// `TERN_LAUNCHED`, in seconds since the system came up, as `/proc/uptime` has it.
public final class ProcessStart {

    private static final Path UPTIME = Path.of("/proc/uptime"), STAT = Path.of("/proc/self/stat");

    /// Of a clock tick that Linux shows to programs, on every architecture.
    private static final long TICK_NANOS = 10_000_000;

    /// The field of `proc_pid_stat(5)` with the start of the process, counted after the name.
    private static final int START = 22 - 3;

    private ProcessStart() {}

    /// Begins the [StartTimes] of this process with the parts `launcher` and `jvm`.
    public static void measure() {
        StartTimes.begin();
        try {
            long now = seconds(Files.readString(UPTIME));
            String stat = Files.readString(STAT);
            add(Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[START]) * TICK_NANOS, now, System.getenv("TERN_LAUNCHED"));
        } catch (IOException | RuntimeException e) {
            // Another system, or one that hides it.
        }
    }

    /// @param began,now nanoseconds since the system came up
    /// @param launched  when the launcher was done, seconds; null or anything else if it did not say
    static void add(long began, long now, @Nullable String launched) {
        long between = launched == null ? began : seconds(launched);
        if (began > between || between > now) return;
        StartTimes.add("launcher", between - began);
        StartTimes.add("jvm", now - between);
    }

    private static long seconds(String uptime) {
        return Math.round(Double.parseDouble(uptime.strip().split(" ")[0]) * 1e9);
    }
}
