package tern.runtime.synth;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tern.runtime.gguf.TensorType;

/// A matrix of random normal numbers as F16, BF16 or F32. The three types take the same quantiles from the same seed.
final class RandomNormals {

    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private final long seed;
    private final String tensor;
    private final int columns, bytes;
    /// Bits of every quantile in the tensor's type.
    private final int[] bits = new int[Quantiles.COUNT];

    /// @throws IllegalArgumentException unless `type` is F16, BF16 or F32
    RandomNormals(long seed, String tensor, int columns, TensorType type, float mean, float deviation) {
        this.seed = seed;
        this.tensor = tensor;
        this.columns = columns;
        bytes = type == TensorType.F32 ? 4 : 2;
        for (int i = 0; i < bits.length; i++) bits[i] = encode(Quantiles.of(i, mean, deviation), type);
    }

    private static int encode(float value, TensorType type) {
        int f32 = Float.floatToRawIntBits(value);
        return switch (type) {
            case F32 -> f32;
            case F16 -> Float.floatToFloat16(value);
            case BF16 -> f32 + 0x7fff + (f32 >>> 16 & 1) >>> 16; // to nearest, ties to even
            default -> throw new IllegalArgumentException("normal numbers are written as F16, BF16 or F32, not " + type);
        };
    }

    long rowBytes() {
        return (long) columns * bytes;
    }

    /// @param into [#rowBytes] or more
    void write(long row, MemorySegment into) {
        RowRandom random = RowRandom.of(seed, tensor, row);
        for (int from = 0; from < columns; from += 4) {
            long four = random.next();
            for (int i = from; i < Math.min(from + 4, columns); i++, four >>>= Quantiles.BITS) {
                int value = bits[(int) four & Quantiles.COUNT - 1];
                if (bytes == 2) into.set(SHORT, 2L * i, (short) value);
                else into.set(INT, 4L * i, value);
            }
        }
    }
}
