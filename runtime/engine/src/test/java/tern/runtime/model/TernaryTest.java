package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import tern.ir.Element;

class TernaryTest {

    private static Ternary of(int m, float... weights) {
        MemorySegment data = MemorySegment.ofArray(new byte[4 * weights.length]);
        MemorySegment.copy(weights, 0, data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, weights.length);
        return Ternary.of(new Floats(Element.F32, data), m, weights.length / m, IllegalStateException::new);
    }

    private static byte[] digits(Ternary ternary, int row) {
        var digits = new byte[ternary.k()];
        ternary.linear().rows().read(row, digits);
        return digits;
    }

    /// The mean is 1: at one half the quotient is rounded to even, to 0.
    @Test
    void masterWeightsAreQuantisedByTheirMean() {
        Ternary ternary = of(2, 3, -0.5f, 0.5f, 0.25f, -0.51f, 0.24f, -2.5f, 0.5f);
        assertThat(ternary.isExact()).isFalse();
        assertThat(ternary.scale()).isEqualTo(1);
        assertThat(digits(ternary, 0)).containsExactly(1, 0, 0, 0);
        assertThat(digits(ternary, 1)).containsExactly(-1, 0, -1, 0);
    }

    /// The mean would be a quarter of the scale.
    @Test
    void ternaryWeightsKeepTheirScale() {
        Ternary ternary = of(2, 0, 0, 0.75f, 0, 0, -0.75f, 0, -0f);
        assertThat(ternary.isExact()).isTrue();
        assertThat(ternary.linear().scale()).isEqualTo(0.75f);
        assertThat(digits(ternary, 0)).containsExactly(0, 0, 1, 0);
        assertThat(digits(ternary, 1)).containsExactly(0, -1, 0, 0);
    }

    @Test
    void tinyWeightsAreDividedByTheLeastScale() {
        Ternary ternary = of(1, 1e-6f, -2e-6f, 9e-6f);
        assertThat(ternary.scale()).isEqualTo(1e-5f);
        assertThat(digits(ternary, 0)).containsExactly(0, 0, 1);
    }

    @Test
    void whatIsNoNumberIsRefused() {
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY})
            assertThatThrownBy(() -> of(2, 1, 2, 3, bad)).as(String.format(Locale.ROOT, "%f", bad)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("row 1 holds a NaN or an infinity");
    }
}
