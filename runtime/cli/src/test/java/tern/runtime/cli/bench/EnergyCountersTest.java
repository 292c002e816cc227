package tern.runtime.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyCountersTest {

    @TempDir
    Path folder;

    private Path domain(String entry, String name, long shown) throws IOException {
        Path at = Files.createDirectories(folder.resolve(entry));
        Files.writeString(at.resolve("name"), name + "\n");
        Files.writeString(at.resolve("max_energy_range_uj"), "1000000000\n");
        return Files.writeString(at.resolve("energy_uj"), shown + "\n");
    }

    @Test
    void packagesAndMemoryAreSummedAndCoresAreNotCountedTwice() throws IOException {
        Path one = domain("intel-rapl:0", "package-0", 5_000_000), memory = domain("intel-rapl:0:1", "dram", 100);
        Path core = domain("intel-rapl:0:0", "core", 0), all = domain("intel-rapl:1", "psys", 0);
        EnergyCounters counters = EnergyCounters.in(folder);
        EnergyCounters.Reading before = counters.read();
        Files.writeString(one, "8500000\n");
        Files.writeString(memory, "250100\n");
        Files.writeString(core, "3000000\n");
        Files.writeString(all, "9000000\n");
        assertThat(before.joulesUntil(counters.read())).hasValue(3.75);
    }

    @Test
    void aCounterThatBeganAgainIsFollowed() throws IOException {
        Path counter = domain("intel-rapl:0", "package-0", 999_000_000);
        EnergyCounters counters = EnergyCounters.in(folder);
        EnergyCounters.Reading before = counters.read();
        Files.writeString(counter, "1000000\n");
        assertThat(before.joulesUntil(counters.read())).hasValue(2.0);
    }

    @Test
    void withoutCountersThereAreNoJoules() throws IOException {
        EnergyCounters none = EnergyCounters.in(folder.resolve("none")), empty = EnergyCounters.in(folder);
        assertThat(none.read().joulesUntil(none.read())).isEmpty();
        assertThat(empty.read().joulesUntil(empty.read())).isEmpty();
        Path counter = domain("intel-rapl:0", "package-0", 1);
        EnergyCounters lost = EnergyCounters.in(folder);
        EnergyCounters.Reading before = lost.read();
        Files.delete(counter);
        assertThat(before.joulesUntil(lost.read())).isEmpty();
    }
}
