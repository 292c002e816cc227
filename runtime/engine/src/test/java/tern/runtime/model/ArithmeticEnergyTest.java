package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import tern.ir.Op.RopePairs;

class ArithmeticEnergyTest {

    /// Sizes of LLaMA 3.2 1B, from its config.json.
    private static final ModelConfig LLAMA_1B =
            new ModelConfig("llama", 2048, 16, 32, 8, 64, 8192, 128256, 131072, 1e-5f, 500000f, RopePairs.HALVES);

    @Test
    void theReportsFiguresComeOut() {
        ArithmeticEnergy bitnet = ArithmeticEnergy.ternary(ModelConfig.BITNET_2B4T, ArithmeticEnergy.REPORTED);
        assertThat(bitnet.joules()).isCloseTo(0.028, within(0.0005));
        assertThat(bitnet.linear()).isCloseTo(0.0075, within(0.00005));
        assertThat(bitnet.attention()).isCloseTo(0.0201, within(0.00005));
        assertThat(ArithmeticEnergy.float16(LLAMA_1B, 512).joules()).isCloseTo(0.258, within(0.0005));
    }

    @Test
    void linearLayersGrowWithTheTokensAndAttentionWithTheirSquare() {
        ArithmeticEnergy one = ArithmeticEnergy.ternary(ModelConfig.TINY, 64), two = ArithmeticEnergy.ternary(ModelConfig.TINY, 128);
        assertThat(two.linear()).isCloseTo(2 * one.linear(), within(1e-18));
        assertThat(two.attention()).isCloseTo(4 * one.attention(), within(1e-18));
        assertThat(ArithmeticEnergy.float16(ModelConfig.TINY, 64).attention()).isEqualTo(one.attention());
        assertThatIllegalArgumentException().isThrownBy(() -> ArithmeticEnergy.ternary(ModelConfig.TINY, 0));
    }
}
