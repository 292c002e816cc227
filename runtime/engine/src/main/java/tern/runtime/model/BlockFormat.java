package tern.runtime.model;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Layout;
import tern.runtime.gguf.TensorType;

/// How GGUF stores numbers in blocks that share scales: number `i` of a block is `d * scale(i) * quantum(i) - m * offset(i)`, with two f16
/// numbers `d` and `m` of the whole block. The product of three has at most 24 significant bits, so that the sum alone is rounded.
///
/// Source: ggml `ggml-common.h` (blocks), `ggml-quants.c` (`dequantize_row_*`).
///
/// @param elements numbers of a block
/// @param bytes    of a block
/// @param d        byte at which the f16 scale of the block lies
/// @param quantum  of each number
/// @param scale    of each number; null where the block has one scale
/// @param m        byte at which the f16 scale of the offsets lies; -1 if nothing is taken off
/// @param offset   of each number; null where it is -1 for all
record BlockFormat(int elements, int bytes, int d, Code quantum, @Nullable Code scale, int m, @Nullable Code offset) {

    private static final ValueLayout.OfShort HALF = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Some neighbouring bits of one byte, for each number of a block.
    ///
    /// @param at from a number to the bit of the block at which they begin
    private record Bits(int count, Layout at) {}

    /// An integer for each number of a block: bit fields, the low one first, and what they mean together.
    private record Code(List<Bits> fields, int[] values) {

        static Code of(int[] values, Bits... fields) {
            return new Code(List.of(fields), values);
        }

        /// @param positions of the fields, as [#positions()] gives them
        int value(byte[] block, int[][] positions, int i) {
            int code = 0, shift = 0;
            for (int f = 0; f < positions.length; f++) {
                int at = positions[f][i], count = fields.get(f).count;
                code |= (block[at >> 3] >> (at & 7) & (1 << count) - 1) << shift;
                shift += count;
            }
            return values[code];
        }

        int[][] positions() {
            return fields.stream().map(bits -> IntStream.range(0, bits.at.size()).map(bits.at::at).toArray()).toArray(int[][]::new);
        }
    }

    private static Bits bits(int count, int byteBase, int bitBase, int... extentsAndStrides) {
        return new Bits(count, Layout.of(8 * byteBase + bitBase, extentsAndStrides));
    }

    /// Codes that mean themselves, less `zero`.
    private static int[] from(int bits, int zero) {
        return IntStream.range(0, 1 << bits).map(code -> code - zero).toArray();
    }

    private static final int[] BYTES = IntStream.range(0, 256).map(code -> (byte) code).toArray();

    /// The levels of IQ4_NL, fitted to weights that are normally distributed.
    private static final int[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /// Six-bit scales of Q4_K and Q5_K: four in the low bits of bytes 4 to 7, four in the low halves of 12 to 15, whose upper bits lie above
    /// the first four. The offsets have bytes 8 to 11 and the upper halves.
    private static final Code SCALES = Code.of(from(6, 0), bits(4, 4, 0, 32, 0, 4, 8, 2, 64), bits(2, 4, 4, 32, 0, 4, 8, 2, 2)),
            OFFSETS = Code.of(from(6, 0), bits(4, 8, 0, 32, 0, 4, 8, 2, 36), bits(2, 8, 4, 32, 0, 4, 8, 2, 2));

    /// By their types.
    static final Map<TensorType, BlockFormat> ALL = new EnumMap<>(Map.ofEntries(
            Map.entry(TensorType.Q4_0, plain(18, Code.of(from(4, 8), nibbles(2)), -1)),
            Map.entry(TensorType.Q4_1, plain(20, Code.of(from(4, 0), nibbles(4)), 2)),
            Map.entry(TensorType.Q5_0, plain(22, Code.of(from(5, 16), nibbles(6), bits(1, 2, 0, 32, 1)), -1)),
            Map.entry(TensorType.Q5_1, plain(24, Code.of(from(5, 0), nibbles(8), bits(1, 4, 0, 32, 1)), 2)),
            Map.entry(TensorType.Q8_0, plain(34, Code.of(BYTES, bits(8, 2, 0, 32, 8)), -1)),
            Map.entry(TensorType.IQ4_NL, plain(18, Code.of(LEVELS, nibbles(2)), -1)),
            Map.entry(TensorType.Q2_K, new BlockFormat(256, 84, 80,
                    Code.of(from(2, 0), bits(2, 16, 0, 32, 8, 4, 2, 2, 256)),
                    Code.of(from(4, 0), bits(4, 0, 0, 16, 0, 16, 8)), 82,
                    Code.of(from(4, 0), bits(4, 0, 4, 16, 0, 16, 8)))),
            Map.entry(TensorType.Q3_K, new BlockFormat(256, 110, 108,
                    Code.of(from(3, 4), bits(2, 32, 0, 32, 8, 4, 2, 2, 256), bits(1, 0, 0, 32, 8, 8, 1)),
                    Code.of(from(6, 32), bits(4, 96, 0, 16, 0, 8, 8, 2, 4), bits(2, 104, 0, 16, 0, 4, 8, 4, 2)), -1, null)),
            Map.entry(TensorType.Q4_K, new BlockFormat(256, 144, 0,
                    Code.of(from(4, 0), bits(4, 16, 0, 32, 8, 2, 4, 4, 256)), SCALES, 2, OFFSETS)),
            Map.entry(TensorType.Q5_K, new BlockFormat(256, 176, 0,
                    Code.of(from(5, 0), bits(4, 48, 0, 32, 8, 2, 4, 4, 256), bits(1, 16, 0, 32, 8, 8, 1)), SCALES, 2, OFFSETS)),
            Map.entry(TensorType.Q6_K, new BlockFormat(256, 210, 208,
                    Code.of(from(6, 32), bits(4, 0, 0, 32, 8, 2, 256, 2, 4, 2, 512), bits(2, 128, 0, 32, 8, 4, 2, 2, 256)),
                    Code.of(BYTES, bits(8, 192, 0, 16, 0, 16, 8)), -1, null))));

    /// 32 numbers with one scale in front, and with one offset after it where `m` says so.
    private static BlockFormat plain(int bytes, Code quantum, int m) {
        return new BlockFormat(32, bytes, 0, quantum, null, m, null);
    }

    /// Sixteen bytes: the low halves are the first sixteen numbers, the upper ones the others.
    private static Bits nibbles(int firstByte) {
        return bits(4, firstByte, 0, 16, 8, 2, 4);
    }

    /// @param data blocks, one after the other
    /// @return f32, one number after the other
    MemorySegment widened(MemorySegment data, Arena arena) {
        long blocks = data.byteSize() / bytes;
        MemorySegment into = arena.allocate(4 * blocks * elements, 64);
        int[][] quanta = quantum.positions(), scales = positions(scale), offsets = positions(offset);
        int chunk = 64;
        LongStream.range(0, Math.ceilDiv(blocks, chunk)).parallel().forEach(c -> {
            var block = new byte[bytes];
            var numbers = new float[elements];
            for (long b = c * chunk; b < Math.min(blocks, (c + 1) * chunk); b++) {
                MemorySegment.copy(data, JAVA_BYTE, b * bytes, block, 0, bytes);
                MemorySegment of = MemorySegment.ofArray(block);
                float own = Float.float16ToFloat(of.get(HALF, d)), added = m < 0 ? 0 : Float.float16ToFloat(of.get(HALF, m));
                for (int i = 0; i < elements; i++) {
                    float product = own * (scale == null ? 1 : scale.value(block, scales, i)) * quantum.value(block, quanta, i);
                    numbers[i] = m < 0 ? product : product - added * (offset == null ? -1 : offset.value(block, offsets, i));
                }
                MemorySegment.copy(numbers, 0, into, JAVA_FLOAT, 4 * b * elements, elements);
            }
        });
        return into;
    }

    private static int[][] positions(@Nullable Code code) {
        return code == null ? new int[0][] : code.positions();
    }
}
