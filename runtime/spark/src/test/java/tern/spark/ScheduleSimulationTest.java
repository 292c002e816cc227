package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What any list schedule obeys (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969).
class ScheduleSimulationTest {

    private static final double[] ROWS = ScheduleSimulation.rows(
            20_000, new int[] {40, 100, 100, 300, 4000}, 4, new ScheduleSimulation.Speed(285, 22.9), 3);

    @ParameterizedTest
    @ValueSource(ints = {50, 51, 400, 5000})
    void aScheduleIsWithinGrahamsBound(int count) {
        double[] partitions = ScheduleSimulation.partitions(ROWS, count);
        double total = Arrays.stream(ROWS).sum(), longest = Arrays.stream(partitions).max().orElseThrow();
        assertThat(Arrays.stream(partitions).sum()).isCloseTo(total, Offset.offset(1e-6 * total));
        var run = new ScheduleSimulation(50, 0, 0, 0, 0).run(partitions, 1);
        assertThat(run.busy()).isCloseTo(total, Offset.offset(1e-6 * total));
        assertThat(run.seconds()).isBetween(Math.max(total / 50, longest) - 1e-6, total / 50 + longest);
    }

    /// docs/scale.md.
    static String documentation() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) root = root.getParent();
        return Files.readString(root.resolve("docs").resolve("scale.md"));
    }

    @Test
    void theTableOfTheDocumentationIsOurs() throws IOException {
        String docs = documentation();
        assertThat(docs).contains(ScheduleSimulation.table());
        double seconds = Arrays.stream(ScheduleSimulation.rows(1_000_000, ScheduleSimulation.LENGTHS, 4, ScheduleSimulation.XEON, 1)).sum();
        assertThat(docs).contains(String.format(Locale.ROOT, "All rows take %,.0f s of each host.", seconds / 1000));
    }

    @Test
    void startsAndLostHostsCostTime() {
        double[] partitions = ScheduleSimulation.partitions(ROWS, 400);
        double plain = new ScheduleSimulation(50, 0, 0, 0, 0).run(partitions, 1).seconds();
        assertThat(new ScheduleSimulation(50, 11, 0, 0, 0).run(partitions, 1).seconds()).isCloseTo(plain + 11, Offset.offset(1e-6));
        var lossy = new ScheduleSimulation(50, 0, 0, 0, 0.3).run(partitions, 1);
        assertThat(lossy.seconds()).isGreaterThan(plain);
        assertThat(lossy.busy()).isGreaterThan(Arrays.stream(ROWS).sum());
    }
}
