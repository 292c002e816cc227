package tern.runtime.cli.bench;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// The joules that the processors' packages and their memory have taken, where the OS lets this user read them. Linux counts
/// them in microjoules, one folder for each domain, and begins again from zero after `max_energy_range_uj`.
///
/// Source: Documentation/power/powercap/powercap.rst of the Linux kernel.
public final class EnergyCounters {

    private static final Path POWERCAP = Path.of("/sys/class/powercap");

    private record Domain(Path counter, long range) {}

    private final List<Domain> domains;

    private EnergyCounters(List<Domain> domains) {
        this.domains = domains;
    }

    /// Of this machine.
    public static EnergyCounters ofMachine() {
        return in(POWERCAP);
    }

    /// A package holds its cores; memory is counted separately. Other domains are parts of these, or count the same once more.
    ///
    /// @param folder with a folder for each domain
    public static EnergyCounters in(Path folder) {
        var domains = new ArrayList<Domain>();
        try (var entries = Files.newDirectoryStream(folder, "intel-rapl:*")) {
            for (Path entry : entries) {
                String name = Files.readString(entry.resolve("name")).strip();
                if (!name.startsWith("package") && !name.equals("dram")) continue;
                var domain = new Domain(entry.resolve("energy_uj"), number(entry.resolve("max_energy_range_uj")));
                number(domain.counter);
                domains.add(domain);
            }
        } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
            return new EnergyCounters(List.of()); // nothing of the kind here, or not for this user: half of a sum would be none
        }
        return new EnergyCounters(domains);
    }

    /// What the counters show.
    public final class Reading {
        private final long[] shown;

        private Reading(long[] shown) {
            this.shown = shown;
        }

        /// Joules from this reading to a later one; empty if there are no counters. A counter may have begun again once.
        public OptionalDouble joulesUntil(Reading later) {
            if (shown.length != domains.size() || later.shown.length != shown.length || shown.length == 0) return OptionalDouble.empty();
            long sum = 0;
            for (int i = 0; i < shown.length; i++) {
                long taken = later.shown[i] - shown[i];
                sum += taken < 0 ? taken + domains.get(i).range : taken;
            }
            return OptionalDouble.of(sum * 1e-6);
        }
    }

    public Reading read() {
        long[] shown = new long[domains.size()];
        try {
            for (int i = 0; i < shown.length; i++) shown[i] = number(domains.get(i).counter);
        } catch (IOException | NumberFormatException e) {
            return new Reading(new long[0]); // taken away while we ran
        }
        return new Reading(shown);
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }
}
