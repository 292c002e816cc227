package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PartitionTest {

    @Test
    void splitsEvenlyWithoutAHead() {
        assertThat(Partition.of(30, 17, 0, 1)).containsExactly(30);
        assertThat(Partition.of(30, 17, 0, 2)).containsExactly(15, 15);
        assertThat(Partition.of(31, 17, 0, 3)).containsExactly(10, 10, 11);
        assertThat(Partition.of(4, 17, 0, 4)).containsExactly(1, 1, 1, 1);
    }

    @Test
    void theHeadIsWorthLayers() {
        assertThat(Partition.of(30, 10, 40, 2)).containsExactly(17, 13);
        assertThat(Partition.of(30, 10, 1000, 3)).containsExactly(15, 14, 1);
    }

    /// No split of small cases has a smaller largest share.
    @Test
    void noOtherSplitIsBetter() {
        for (int layers = 2; layers <= 12; layers++)
            for (int devices = 2; devices <= Math.min(layers, 4); devices++)
                for (long head : new long[] {0, 3, 7, 25}) {
                    int[] found = Partition.of(layers, 5, head, devices);
                    assertThat(Arrays.stream(found).sum()).isEqualTo(layers);
                    assertThat(most(found, head)).as("%d layers, %d devices, head %d", layers, devices, head)
                            .isEqualTo(best(layers, devices, head, new int[devices], 0));
                }
    }

    private static long best(int rest, int devices, long head, int[] counts, int at) {
        if (at == devices - 1) {
            counts[at] = rest;
            return most(counts, head);
        }
        long least = Long.MAX_VALUE;
        for (int count = 1; count <= rest - (devices - 1 - at); count++) {
            counts[at] = count;
            least = Math.min(least, best(rest - count, devices, head, counts, at + 1));
        }
        return least;
    }

    private static long most(int[] counts, long head) {
        long most = 0;
        for (int i = 0; i < counts.length; i++) most = Math.max(most, 5L * counts[i] + (i == counts.length - 1 ? head : 0));
        return most;
    }

    @Test
    void eachDeviceNeedsALayer() {
        assertThatThrownBy(() -> Partition.of(2, 1, 1, 3)).hasMessage("2 layers cannot be split over 3 devices");
    }
}
