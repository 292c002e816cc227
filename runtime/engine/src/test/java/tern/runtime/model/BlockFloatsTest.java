package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import tern.runtime.gguf.TensorType;

/// Expected numbers are those of ggml-org's own Python package, `gguf` 0.19.0, for the same bytes.
class BlockFloatsTest {

    /// Byte i is 37 i + 11; the block's scale is 0x2e66, an f16.
    private static float[] widened(TensorType type, int bytes, int scaleAt) {
        var block = new byte[bytes];
        for (int i = 0; i < bytes; i++) block[i] = (byte) (37 * i + 11);
        block[scaleAt] = 0x66;
        block[scaleAt + 1] = 0x2e;
        return BlockFloats.widened(type, MemorySegment.ofArray(block), Arena.ofAuto()).toArray(ValueLayout.JAVA_FLOAT);
    }

    @Test
    void q8() {
        float[] numbers = widened(TensorType.Q8_0, 34, 0);
        assertThat(numbers).hasSize(32).startsWith(8.4979248046875f, 12.197021484375f).endsWith(-4.798828125f);
        assertThat(hash(numbers)).isEqualTo(0x7006a400);
    }

    @Test
    void q6() {
        float[] numbers = widened(TensorType.Q6_K, 210, 208);
        assertThat(numbers).hasSize(256).startsWith(-143.0650634765625f, 169.55859375f);
        assertThat(numbers[119]).isEqualTo(-154.962158203125f);
        assertThat(numbers[255]).isEqualTo(-5.99853515625f);
        assertThat(hash(numbers)).isEqualTo(0xfd687c8c);
    }

    private static int hash(float[] numbers) {
        int hash = 0;
        for (int i = 0; i < numbers.length; i++) hash ^= Float.floatToRawIntBits(numbers[i]) * (2 * i + 1);
        return hash;
    }
}
