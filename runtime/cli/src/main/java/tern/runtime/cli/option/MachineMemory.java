package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import tern.runtime.cli.console.Failure;
import tern.runtime.model.Footprint;

/// What Linux tells of memory: how much this process has taken, and how much is to be had. Other systems tell nothing here.
///
/// Source: Documentation/filesystems/proc.rst and Documentation/admin-guide/cgroup-v2.rst of the Linux kernel.
///
/// @param proc    `/proc`
/// @param control folder of the control group, version 2, that limits this process
public record MachineMemory(Path proc, Path control) {

    public static final MachineMemory HERE = new MachineMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup"));

    /// For the JVM and its code, and for the half gigabyte with which `bench` measures the bandwidth.
    static final long BESIDE = 800L << 20;

    /// Bytes in memory of this process.
    ///
    /// @param peak      the most that there have been
    /// @param files     now, of mapped files
    /// @param anonymous now, of everything else
    public record Resident(long peak, long files, long anonymous) {}

    public Optional<Resident> resident() {
        Path status = proc.resolve("self/status");
        OptionalLong peak = kilobytes(status, "VmHWM:"), files = kilobytes(status, "RssFile:"), other = kilobytes(status, "RssAnon:");
        if (peak.isEmpty() || files.isEmpty() || other.isEmpty()) return Optional.empty();
        return Optional.of(new Resident(peak.getAsLong(), files.getAsLong(), other.getAsLong()));
    }

    /// Lets the peak begin again from what is there now, where the system allows it.
    public void forgetPeak() {
        try {
            Files.writeString(proc.resolve("self/clear_refs"), "5");
        } catch (IOException _) {
            // The peak is that of the whole process then, which is no less.
        }
    }

    /// Bytes that can be taken without swapping; empty where nobody tells.
    public OptionalLong available() {
        OptionalLong machine = kilobytes(proc.resolve("meminfo"), "MemAvailable:");
        OptionalLong most = number(control.resolve("memory.max")), taken = number(control.resolve("memory.current"));
        if (most.isEmpty() || taken.isEmpty()) return machine;
        long cached = bytes(control.resolve("memory.stat"), "inactive_file") + bytes(control.resolve("memory.stat"), "active_file");
        long group = most.getAsLong() - taken.getAsLong() + cached; // what is cached of files makes room
        return OptionalLong.of(Math.min(group, machine.orElse(group)));
    }

    /// @throws Failure.Unavailable if a model does not fit
    public void require(String model, Footprint need) {
        OptionalLong there = available();
        if (there.isPresent() && there.getAsLong() < need.total() + BESIDE)
            throw new Failure.Unavailable("%s needs %s, and %.1f GB of memory are available".formatted(
                    model, parts(need), there.getAsLong() * 1e-9));
    }

    /// `16.9 GB (weights 15.2, int8 head 0.3, embedding and head 1.0, cache 0.0) and 0.8 for the JVM`.
    static String parts(Footprint need) {
        return "%.2f GB (packed weights %.2f, int8 head %.2f, embedding and head %.2f, cache %.2f) and %.1f GB for the JVM and the measurement".formatted(
                need.total() * 1e-9, need.weights() * 1e-9, need.int8Head() * 1e-9, need.tables() * 1e-9, need.cache() * 1e-9, BESIDE * 1e-9);
    }

    private static OptionalLong kilobytes(Path file, String name) {
        long found = bytes(file, name);
        return found == 0 ? OptionalLong.empty() : OptionalLong.of(found << 10);
    }

    /// The number after a name at the beginning of a line; 0 if there is none.
    private static long bytes(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(line -> line.split("\\s+"))
                    .filter(words -> words.length > 1 && words[0].equals(name))
                    .mapToLong(words -> Long.parseLong(words[1]))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | NumberFormatException | java.io.UncheckedIOException _) {
            return 0;
        }
    }

    private static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException _) {
            return OptionalLong.empty(); // no such group, or "max"
        }
    }
}
