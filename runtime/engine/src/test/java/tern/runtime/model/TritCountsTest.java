package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TritCountsTest {

    /// Row r: the first r columns 1, the next -1, the rest 0.
    @Test
    void countsEveryRow() {
        var linear = new Linear(300, 7, (row, digits) -> {
            for (int i = 0; i < 7; i++) digits[i] = (byte) (i < row % 7 ? 1 : i == row % 7 ? -1 : 0);
        }, 1);
        TritCounts counts = TritCounts.of(linear);
        int plus = 0;
        for (int row = 0; row < 300; row++) plus += row % 7;
        assertThat(counts).isEqualTo(new TritCounts(300, 2100 - 300 - plus, plus));
    }

    @Test
    void entropyAndSparsity() {
        assertThat(new TritCounts(1, 2, 1).entropy()).isCloseTo(1.5, within(1e-12));
        assertThat(new TritCounts(1, 2, 1).sparsity()).isEqualTo(0.5);
        assertThat(new TritCounts(5, 5, 5).entropy()).isCloseTo(1.584962500721156, within(1e-12));
        assertThat(new TritCounts(0, 9, 0).entropy()).isZero();
    }
}
