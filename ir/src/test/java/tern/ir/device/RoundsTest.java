package tern.ir.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.ir.reference.ReferenceDevice;

class RoundsTest {

    @Test
    void eachPieceRunsOnceARoundAndItsOwnTimeCounts() {
        long[] now = new long[1];
        var order = new ArrayList<String>();
        try (var device = new ReferenceDevice()) {
            List<Samples> samples = new Rounds(device, () -> now[0])
                    .time(3, List.of(
                            round -> {
                                order.add("a" + round);
                                now[0] += 1_000 * (round + 1);
                            },
                            round -> {
                                order.add("b" + round);
                                now[0] += 500;
                            }));
            assertThat(order).containsExactly("a0", "b0", "a1", "b1", "a2", "b2");
            assertThat(samples.get(0).toArray()).containsExactly(new double[] {1e-6, 2e-6, 3e-6}, within(1e-12));
            assertThat(samples.get(1).median()).isCloseTo(5e-7, within(1e-12));
        }
    }

    @Test
    void samplesAreDescribedByTheirMiddle() {
        Samples odd = Samples.of(5, 1, 3), even = Samples.of(4, 1, 2, 3);
        assertThat(odd.median()).isEqualTo(3);
        assertThat(even.median()).isEqualTo(2.5);
        assertThat(even.min()).isEqualTo(1);
        assertThat(even.max()).isEqualTo(4);
        assertThat(odd.and(even).toArray()).containsExactly(1, 1, 2, 3, 3, 4, 5);
        assertThat(odd.and(even).count()).isEqualTo(7);
        assertThat(Samples.of(1, 2, 3, 4, 100).spread()).as("of the middle half").isCloseTo(2 / 3.0, within(1e-12));
        assertThat(Samples.of(7).spread()).isZero();
        assertThatThrownBy(Samples::of).isInstanceOf(IllegalArgumentException.class).hasMessage("nothing was measured");
    }
}
