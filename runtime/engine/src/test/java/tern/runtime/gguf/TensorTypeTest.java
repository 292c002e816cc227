package tern.runtime.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTypeTest {

    @ParameterizedTest
    @CsvSource({
        "F32, 0, 3072", "F16, 1, 1536", "Q4_0, 2, 432", "Q4_1, 3, 480", "Q5_0, 6, 528", "Q5_1, 7, 576", "Q8_0, 8, 816",
        "Q2_K, 10, 252", "Q3_K, 11, 330", "Q4_K, 12, 432", "Q5_K, 13, 528", "Q6_K, 14, 630", "IQ4_NL, 20, 432",
        "BF16, 30, 1536", "TQ1_0, 34, 162", "TQ2_0, 35, 198", "I2_S, 36, 224"
    })
    void idAndSizeOf768(TensorType type, int id, long bytes) {
        assertThat(type.id()).isEqualTo(id);
        assertThat(type.bytes(List.of(768L))).isEqualTo(bytes);
        assertThat(type.bytes(List.of(256L, 3L))).isEqualTo(bytes);
        assertThat(TensorType.of(id)).contains(type);
    }

    @Test
    void theLargestMatrixOf2B4T() {
        assertThat(TensorType.I2_S.bytes(List.of(6912L, 2560L))).isEqualTo(6912 * 2560 / 4 + 32);
        assertThat(TensorType.F16.bytes(List.of(2560L, 128256L))).isEqualTo(656_670_720L);
    }

    @Test
    void idsAreUniqueButForTheOneThatWasGivenTwice() {
        assertThat(Arrays.stream(TensorType.values()).filter(t -> t != TensorType.Q2_0_128).map(TensorType::id)).doesNotHaveDuplicates();
        assertThat(TensorType.of(TensorType.Q2_0_128.id())).contains(TensorType.Q2_0);
        assertThat(TensorType.of(40)).isEmpty();
    }

    @Test
    void shapesThatATypeCannotHold() {
        assertRefused(TensorType.F32, List.of(), "found 0 dimensions, expected 1 to 4");
        assertRefused(TensorType.F32, List.of(1L, 1L, 1L, 1L, 1L), "found 5 dimensions, expected 1 to 4");
        assertRefused(TensorType.F32, List.of(4L, 0L), "found shape [4, 0], expected positive dimensions");
        assertRefused(TensorType.F32, List.of(-4L), "found shape [-4], expected positive dimensions");
        assertRefused(TensorType.I2_S, List.of(64L, 2L), "found shape [64, 2], expected k a multiple of 128 for I2_S");
        assertRefused(TensorType.TQ1_0, List.of(128L), "found shape [128], expected k a multiple of 256 for TQ1_0");
        assertRefused(TensorType.F32, List.of(1L << 32, 1L << 31),
                "found shape [4294967296, 2147483648], expected less than 2^63 bytes");
        assertRefused(TensorType.F32, List.of(1L << 61), "found shape [2305843009213693952], expected less than 2^63 bytes");
        assertRefused(TensorType.IQ4_XS, List.of(256L), "found type IQ4_XS, expected one of F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, "
                + "Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, BF16, TQ1_0, TQ2_0, I2_S, Q1_0, Q2_0, Q2_0_128, IQ2_BN, PQ2_0, PTQ1_0; "
                + "quantize the original again, weights as TQ1_0, TQ2_0 or I2_S, embedding and head as Q6_K or F16");
    }

    private static void assertRefused(TensorType type, List<Long> ne, String message) {
        assertThatThrownBy(() -> type.bytes(ne)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
