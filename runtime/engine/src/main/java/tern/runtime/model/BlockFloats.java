package tern.runtime.model;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.LongStream;
import tern.runtime.gguf.TensorType;

/// Numbers that GGUF stores in blocks with scales, as f32. Every product of block scale, sub-scale and quantum has at most 24
/// significant bits, so that nothing is rounded.
///
/// Source: ggml `ggml-common.h`, `block_q8_0` and `block_q6_K`; `ggml-quants.c`, `dequantize_row_q6_K`.
final class BlockFloats {

    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BlockFloats() {}

    /// @param type Q8_0 or Q6_K
    /// @param data its blocks
    /// @return f32, one number behind the other
    static MemorySegment widened(TensorType type, MemorySegment data, Arena arena) {
        int elements = type == TensorType.Q8_0 ? 32 : 256, bytes = type == TensorType.Q8_0 ? 34 : 210;
        long blocks = data.byteSize() / bytes;
        MemorySegment into = arena.allocate(4 * blocks * elements, 64);
        LongStream.range(0, blocks).parallel().forEach(b -> {
            MemorySegment block = data.asSlice(b * bytes, bytes), numbers = into.asSlice(4 * b * elements, 4L * elements);
            switch (type) {
                case Q8_0 -> q8(block, numbers);
                case Q6_K -> q6(block, numbers);
                default -> throw new IllegalArgumentException("no blocks with scales: " + type);
            }
        });
        return into;
    }

    /// f16 d, i8 q[32]
    private static void q8(MemorySegment block, MemorySegment into) {
        float d = Float.float16ToFloat(block.get(SHORT, 0));
        for (int i = 0; i < 32; i++) into.setAtIndex(JAVA_FLOAT, i, d * block.get(JAVA_BYTE, 2 + i));
    }

    /// u8 low[128], u8 high[64], i8 scales[16], f16 d. A half of 128 numbers has 64 bytes of low nibbles, 32 bytes of high bit pairs:
    /// number 32 g + l has the nibble g / 2 of byte 32 (g % 2) + l, and the pair g of byte l.
    private static void q6(MemorySegment block, MemorySegment into) {
        float d = Float.float16ToFloat(block.get(SHORT, 208));
        for (int half = 0; half < 2; half++)
            for (int g = 0; g < 4; g++)
                for (int l = 0; l < 32; l++) {
                    int low = block.get(JAVA_BYTE, 64 * half + 32 * (g % 2) + l) >> 4 * (g / 2) & 15;
                    int high = block.get(JAVA_BYTE, 128 + 32 * half + l) >> 2 * g & 3;
                    int scale = block.get(JAVA_BYTE, 192 + 8 * half + 2 * g + l / 16);
                    into.setAtIndex(JAVA_FLOAT, 128 * half + 32 * g + l, d * scale * ((high << 4 | low) - 32));
                }
    }
}
