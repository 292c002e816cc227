package tern.ir;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExponentialTest {

    @Test
    void withinTwoUnitsInTheLastPlace() {
        for (float x = Exponential.LOWEST; x <= Exponential.HIGHEST; x += 0.000_731f) {
            double expected = Math.exp(x);
            assertThat(Math.abs(Exponential.exp(x) - expected))
                    .as("exp(%s)", x)
                    .isLessThanOrEqualTo(2 * Math.ulp((float) expected));
        }
    }

    @Test
    void oneAtZero() {
        assertThat(Exponential.exp(0f)).isEqualTo(1f);
        assertThat(Exponential.exp(-0f)).isEqualTo(1f);
        assertThat(Exponential.exp(Float.MIN_VALUE)).isEqualTo(1f);
    }

    @Test
    void staysAtTheBoundsAndNormal() {
        assertThat(Exponential.exp(Float.NEGATIVE_INFINITY)).isEqualTo(Exponential.exp(-87f)).isGreaterThan(Float.MIN_NORMAL);
        assertThat(Exponential.exp(Float.POSITIVE_INFINITY)).isEqualTo(Exponential.exp(88f)).isLessThan(Float.MAX_VALUE);
    }
}
