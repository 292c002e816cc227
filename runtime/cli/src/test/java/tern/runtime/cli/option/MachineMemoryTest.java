package tern.runtime.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.cli.bench.MemoryUse;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.report.Report;
import tern.runtime.model.Footprint;

class MachineMemoryTest {

    private static final long GIGA = 1_000_000_000;

    @TempDir
    Path proc;

    @TempDir
    Path group;

    private MachineMemory memory;

    @BeforeEach
    void write() throws IOException {
        memory = new MachineMemory(proc, group);
        Files.createDirectory(proc.resolve("self"));
        Files.writeString(proc.resolve("self/status"), "Name:\tjava\nVmHWM:\t  3000 kB\nRssAnon:\t    2000 kB\nRssFile:\t     500 kB\n");
        Files.writeString(proc.resolve("meminfo"), "MemTotal:       24000000 kB\nMemFree:          100000 kB\nMemAvailable:   20000000 kB\n");
    }

    @Test
    void whatTheKernelSaysOfTheProcess() throws IOException {
        assertThat(memory.resident()).contains(new MachineMemory.Resident(3000 << 10, 500 << 10, 2000 << 10));
        memory.forgetPeak();
        assertThat(proc.resolve("self/clear_refs")).hasContent("5");
        Files.writeString(proc.resolve("self/status"), "Name:\tjava\nVmHWM:\tmuch\n");
        assertThat(memory.resident()).isEmpty();
    }

    @Test
    void theSmallerOfMachineAndControlGroupCounts() throws IOException {
        assertThat(memory.available()).hasValue(20_000_000L << 10);
        Files.writeString(group.resolve("memory.max"), "max\n");
        Files.writeString(group.resolve("memory.current"), "5000000000\n");
        assertThat(memory.available()).hasValue(20_000_000L << 10);
        Files.writeString(group.resolve("memory.max"), "8000000000\n");
        Files.writeString(group.resolve("memory.stat"), "anon 1\ninactive_file 300000000\nactive_file 200000000\n");
        assertThat(memory.available()).hasValue(3_500_000_000L);
        assertThat(new MachineMemory(proc.resolve("no"), proc.resolve("no")).available()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void aModelThatDoesNotFitIsRefusedInOneLine() {
        memory.require("13b", new Footprint(15 * GIGA, GIGA, GIGA, 0, GIGA));
        assertThatThrownBy(() -> memory.require("70b", new Footprint(18 * GIGA, GIGA, GIGA, 0, GIGA / 2)))
                .isInstanceOf(Failure.Unavailable.class)
                .hasMessage("70b needs 20.50 GB (packed weights 18.00, int8 head 1.00, embedding and head 1.00, cache 0.50)"
                        + " and 0.8 GB for the JVM and the measurement, and 20.5 GB of memory are available");
    }

    @Test
    void aRunIsComparedWithModelAndCache() {
        var use = new MemoryUse(new Footprint(GIGA, 0, 0, 0, GIGA), Optional.of(new MachineMemory.Resident(3 * GIGA, 2 * GIGA, GIGA)), GIGA / 2);
        assertThat(use.ratio()).isEqualTo(1.5);
        assertThat(text(use)).contains("peak memory: 3000 MB resident, 1.50 of that");
        assertThat(text(new MemoryUse(use.model(), Optional.empty(), 1))).endsWith("peak memory: this OS does not tell\n");
    }

    private static String text(MemoryUse use) {
        var report = new Report();
        use.addTo(report);
        return report.text();
    }
}
