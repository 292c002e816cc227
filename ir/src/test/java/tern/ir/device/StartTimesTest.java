package tern.ir.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StartTimesTest {

    private static void work() {
        long end = System.nanoTime() + 100_000;
        while (System.nanoTime() < end) Thread.onSpinWait();
    }

    @Test
    void partsAddUpToTheWhole() throws InterruptedException {
        long before = System.nanoTime();
        StartTimes.begin();
        long begun = System.nanoTime();
        StartTimes.add("jvm", 5_000_000_000L);
        try (var _ = StartTimes.part("outer")) {
            work();
            try (var _ = StartTimes.part("inner")) {
                work();
            }
            Thread other = Thread.ofPlatform().start(() -> {
                try (var _ = StartTimes.part("beside")) {
                    work();
                }
            });
            other.join();
        }
        work();
        long ending = System.nanoTime();
        Map<String, Double> parts = StartTimes.seconds();
        long ended = System.nanoTime();
        assertThat(parts).containsOnlyKeys("jvm", "rest", "outer", "inner");
        double sum = parts.values().stream().mapToDouble(part -> part).sum();
        assertThat(sum).isBetween(5 + (ending - begun) * 1e-9 - 1e-6, 5 + (ended - before) * 1e-9 + 1e-6);
        for (String part : new String[] {"rest", "outer", "inner"}) assertThat(parts.get(part)).as(part).isGreaterThanOrEqualTo(1e-4 - 1e-9);
        assertThat(parts.get("jvm")).isEqualTo(5, within(1e-9));
    }
}
