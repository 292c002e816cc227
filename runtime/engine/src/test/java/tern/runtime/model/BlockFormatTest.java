package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.runtime.gguf.TensorType;

/// Expected numbers of Q8_0 and Q6_K are those of ggml-org's own Python package, `gguf` 0.19.0, for the same bytes. Every format is held
/// against loops that walk a block as ggml's do, shift by shift.
class BlockFormatTest {

    private static float[] widened(TensorType type, byte[] blocks) {
        return BlockFormat.ALL.get(type).widened(MemorySegment.ofArray(blocks), Arena.ofAuto()).toArray(ValueLayout.JAVA_FLOAT);
    }

    /// Byte i is 37 i + 11; the block's scale is 0x2e66, an f16.
    private static float[] widened(TensorType type, int bytes, int scaleAt) {
        var block = new byte[bytes];
        for (int i = 0; i < bytes; i++) block[i] = (byte) (37 * i + 11);
        block[scaleAt] = 0x66;
        block[scaleAt + 1] = 0x2e;
        return widened(type, block);
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

    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
    void isReadAsGgmlWalksIt(TensorType type) {
        BlockFormat format = BlockFormat.ALL.get(type);
        assertThat(type.bytes(java.util.List.of((long) format.elements()))).isEqualTo(format.bytes());
        var random = new Random(type.ordinal());
        for (int round = 0; round < 50; round++) {
            var blocks = new byte[3 * format.bytes()];
            random.nextBytes(blocks);
            for (int b = 0; b < 3; b++) {
                half(blocks, b * format.bytes() + format.d(), random);
                if (format.m() >= 0) half(blocks, b * format.bytes() + format.m(), random);
            }
            float[] expected = new float[3 * format.elements()];
            for (int b = 0; b < 3; b++) {
                ByteBuffer block = ByteBuffer.wrap(blocks, b * format.bytes(), format.bytes()).slice().order(ByteOrder.LITTLE_ENDIAN);
                System.arraycopy(walked(type, block), 0, expected, b * format.elements(), format.elements());
            }
            assertThat(widened(type, blocks)).as("%s, round %d", type, round).isEqualTo(expected);
        }
    }

    @Test
    void noFormatIsLeftOut() {
        assertThat(BlockFormat.ALL).hasSize(11);
    }

    /// A finite scale in place of any two bytes.
    private static void half(byte[] bytes, int at, Random random) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(at, Float.floatToFloat16((float) random.nextGaussian()));
    }

    private static float f16(ByteBuffer block, int at) {
        return Float.float16ToFloat(block.getShort(at));
    }

    private static int u8(ByteBuffer block, int at) {
        return block.get(at) & 0xff;
    }

    private static float[] walked(TensorType type, ByteBuffer block) {
        return switch (type) {
            case Q4_0 -> halves(block, 2, -1, -8, f16(block, 0), -0f, null);
            case Q4_1 -> halves(block, 4, -1, 0, f16(block, 0), f16(block, 2), null);
            case Q5_0 -> halves(block, 6, block.getInt(2) & 0xffffffffL, -16, f16(block, 0), -0f, null);
            case Q5_1 -> halves(block, 8, block.getInt(4) & 0xffffffffL, 0, f16(block, 0), f16(block, 2), null);
            case IQ4_NL -> halves(block, 2, -1, 0, f16(block, 0), -0f,
                    new int[] {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113});
            case Q8_0 -> {
                var y = new float[32];
                for (int i = 0; i < 32; i++) y[i] = f16(block, 0) * block.get(2 + i);
                yield y;
            }
            case Q2_K -> q2(block);
            case Q3_K -> q3(block);
            case Q4_K -> q45(block, 16, -1);
            case Q5_K -> q45(block, 48, 16);
            case Q6_K -> q6(block);
            default -> throw new AssertionError(type);
        };
    }

    /// @param high fifth bits; -1 if there are none
    private static float[] halves(ByteBuffer block, int at, long high, int zero, float d, float m, int[] table) {
        var y = new float[32];
        for (int j = 0; j < 16; j++) {
            int low = u8(block, at + j) & 15, up = u8(block, at + j) >> 4;
            if (high >= 0) {
                low |= (int) (high >> j << 4 & 0x10);
                up |= (int) (high >> j + 12 & 0x10);
            }
            y[j] = d * (table == null ? low + zero : table[low]) + m;
            y[j + 16] = d * (table == null ? up + zero : table[up]) + m;
        }
        return y;
    }

    private static float[] q2(ByteBuffer block) {
        var y = new float[256];
        float d = f16(block, 80), min = f16(block, 82);
        int at = 0, is = 0;
        for (int q = 16; q < 80; q += 32)
            for (int shift = 0; shift < 8; shift += 2)
                for (int half = 0; half < 2; half++) {
                    int sc = u8(block, is++);
                    for (int l = 0; l < 16; l++) y[at++] = d * (sc & 15) * (u8(block, q + 16 * half + l) >> shift & 3) - min * (sc >> 4);
                }
        return y;
    }

    /// The scales by the four words that ggml makes of them.
    private static float[] q3(ByteBuffer block) {
        int a0 = block.getInt(96), a1 = block.getInt(100), tmp = block.getInt(104);
        int low = 0x0f0f0f0f, two = 0x03030303;
        ByteBuffer scales = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        scales.putInt(a0 & low | (tmp & two) << 4).putInt(a1 & low | (tmp >>> 2 & two) << 4);
        scales.putInt(a0 >>> 4 & low | (tmp >>> 4 & two) << 4).putInt(a1 >>> 4 & low | (tmp >>> 6 & two) << 4);
        var y = new float[256];
        float d = f16(block, 108);
        int at = 0, is = 0, m = 1;
        for (int q = 32; q < 96; q += 32)
            for (int shift = 0; shift < 8; shift += 2, m <<= 1)
                for (int half = 0; half < 2; half++) {
                    float dl = d * (scales.get(is++) - 32);
                    for (int l = 16 * half; l < 16 * half + 16; l++)
                        y[at++] = dl * ((u8(block, q + l) >> shift & 3) - ((u8(block, l) & m) != 0 ? 0 : 4));
                }
        return y;
    }

    private static float[] q45(ByteBuffer block, int qs, int qh) {
        var y = new float[256];
        float d = f16(block, 0), min = f16(block, 2);
        int at = 0;
        for (int j = 0; j < 8; j++) {
            int sc = j < 4 ? u8(block, 4 + j) & 63 : u8(block, 8 + j) & 15 | u8(block, j) >> 6 << 4;
            int m = j < 4 ? u8(block, 8 + j) & 63 : u8(block, 8 + j) >> 4 | u8(block, 4 + j) >> 6 << 4;
            for (int l = 0; l < 32; l++) {
                int q = u8(block, qs + 32 * (j / 2) + l) >> 4 * (j % 2) & 15;
                if (qh >= 0 && (u8(block, qh + l) >> j & 1) != 0) q += 16;
                y[at++] = d * sc * q - min * m;
            }
        }
        return y;
    }

    private static float[] q6(ByteBuffer block) {
        var y = new float[256];
        float d = f16(block, 208);
        for (int n = 0, ql = 0, qh = 128, sc = 192; n < 256; n += 128, ql += 64, qh += 32, sc += 8)
            for (int l = 0; l < 32; l++) {
                int is = l / 16, h = u8(block, qh + l), a = u8(block, ql + l), b = u8(block, ql + l + 32);
                y[n + l] = d * block.get(sc + is) * ((a & 15 | (h & 3) << 4) - 32);
                y[n + l + 32] = d * block.get(sc + is + 2) * ((b & 15 | (h >> 2 & 3) << 4) - 32);
                y[n + l + 64] = d * block.get(sc + is + 4) * ((a >> 4 | (h >> 4 & 3) << 4) - 32);
                y[n + l + 96] = d * block.get(sc + is + 6) * ((b >> 4 | (h >> 6) << 4) - 32);
            }
        return y;
    }
}
