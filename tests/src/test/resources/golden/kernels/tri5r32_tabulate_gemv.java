// Made by Tern: tern export.
package kernels;

import static java.lang.foreign.ValueLayout.*;
import static java.nio.ByteOrder.*;
import static jdk.incubator.vector.VectorOperators.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Kernel bitlinear with m = 64, k = 36 and up to 1 token (n), made by Tern for
 * vectors of 512 bits (avx512).
 *
 * <pre>{@code
 * kernel bitlinear(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f32[m]) -> y: f32[n, m] {
 *     y[i, j] = sum(k: x[i, k] * w[j, k]) * sw[j] * sx[i]
 * }
 * }</pre>
 *
 * First `prepare` brings the activations into the form that `multiply` reads; then `multiply` computes
 * the results, and may do so for any number of matrices with the same activations. The weights are
 * packed as tri5r32; see `Weights` and the example in `main`. Numbers are little endian. Segments are
 * native memory; those that are read must be SLACK bytes longer than what is read. Both kernels
 * consist of blocks, which threads may share, `multiply` with scratch for each.
 *
 * It was made by this schedule:
 *
 * <pre>{@code
 * schedule for bitlinear on avx512 {
 *     packing tri5r32;
 *     strategy tabulate;
 *     lanes 32;
 *     row tiles 1;
 *     tokens 1;
 *     k tiles 28;
 *     cache block 1;
 * }
 * }</pre>
 *
 * Compile and run with `--add-modules jdk.incubator.vector`, on JDK 25 or later.
 * `--enable-native-access=ALL-UNNAMED` (or the name of your module) allows memory by address, which is
 * what MEMORY is for: no bounds are checked in a loop, the public methods check sizes instead.
 * `-XX:-TieredCompilation` leaves out HotSpot's quick compiler, which fails on large vector code and
 * may then keep it slow; `-XX:CompileCommand=CompileThresholdScaling,CLASS::*,0.05` has the other one
 * begin sooner.
 *
 * `(index & 0xffff_ffffL)` tells HotSpot that an index is not negative, `& 0xffff_ffff_ffffL` that an
 * address is not, and `broadcast(.., 0).lanewise(OR, v)`, which is `v`, what class a variable has that
 * a loop changes. `a.lanewise(ADD, b)` is `a.add(b)` without a wrapper whose profile all vectors of a
 * program share.
 */
public final class Bitlinear_n1_m64_k36_tri5r32_tab_l32_j1_n1_k4_v512 {
    public static final int M = 64;

    public static final int K = 36;

    public static final int MAX_TOKENS = 1;

    public static final long PREPARED_BYTES = 832L;

    public static final long WEIGHT_BYTES = 576L;

    public static final long SLACK = 64L;

    public static final int PREPARE_BLOCKS = 4;

    public static final int MULTIPLY_BLOCKS = 2;

    public static final long MULTIPLY_SCRATCH_BYTES = 256L;

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final long PATTERNS = constant(1,
            "8 0 0 0 9 0 0 0 10 0 0 0 11 0 0 0 12 0 0 0 13 0 0 0 14 0 0 0 15 0 0 0 0 0 0 0 1 "
            + "0 0 0 2 0 0 0 3 0 0 0 4 0 0 0 5 0 0 0 6 0 0 0 7 0 0 0");

    private static final long DIGIT0_OF_TRI5 = constant(2,
            "-1 0 1 -1 0 1 -1 0 1 -1 0 1 -1 0 1 -1 0 1 -1 0 1 -1 0 1 -1 0 1 0 0 0 0 0");

    private static final long DIGIT1_OF_TRI5 = constant(2,
            "-1 -1 -1 0 0 0 1 1 1 -1 -1 -1 0 0 0 1 1 1 -1 -1 -1 0 0 0 1 1 1 0 0 0 0 0");

    private static final long DIGIT2_OF_TRI5 = constant(2,
            "-1 -1 -1 -1 -1 -1 -1 -1 -1 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 0 0 0 0 0");

    private Bitlinear_n1_m64_k36_tri5r32_tab_l32_j1_n1_k4_v512() {
    }

    /**
     * Brings activations `[n, K]` into the form that `multiply` reads. Does the blocks `from` to `to - 1`
     * of 4, which any threads may do at the same time.
     */
    public static void prepare(MemorySegment x, MemorySegment prepared, int n, int from, int to) {
        check(n, 1, 1, "n");
        Objects.checkFromToIndex(from, to, PREPARE_BLOCKS);
        prepareBlocks(address(x, n * 36 + 64L, "x"), address(prepared, 768L, "prepared"), n, from,
                to);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(prepared);
    }

    /**
     * Brings activations `[n, K]` into the form that `multiply` reads. Does everything, on the calling
     * thread.
     */
    public static void prepare(MemorySegment x, MemorySegment prepared, int n) {
        prepare(x, prepared, n, 0, PREPARE_BLOCKS);
    }

    /**
     * Multiplies prepared activations by packed weights, and applies the kernel's formula. Does the blocks
     * `from` to `to - 1` of 2, which any threads may do at the same time, each with scratch of its own.
     */
    public static void multiply(MemorySegment prepared, MemorySegment w, MemorySegment sx,
            MemorySegment sw, MemorySegment y, MemorySegment scratch, int n, int from, int to) {
        check(n, 1, 1, "n");
        Objects.checkFromToIndex(from, to, MULTIPLY_BLOCKS);
        multiplyBlocks(address(prepared, 832L, "prepared"), address(w, 576L, "w"), address(sx,
                n * 4L + 64L, "sx"), address(sw, 320L, "sw"), address(y, n * 64 * 4L, "y"),
                address(scratch, MULTIPLY_SCRATCH_BYTES, "scratch"), n, from, to);
        Reference.reachabilityFence(prepared);
        Reference.reachabilityFence(w);
        Reference.reachabilityFence(sx);
        Reference.reachabilityFence(sw);
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(scratch);
    }

    /**
     * Multiplies prepared activations by packed weights, and applies the kernel's formula. Does
     * everything, on the calling thread.
     */
    public static void multiply(MemorySegment prepared, MemorySegment w, MemorySegment sx,
            MemorySegment sw, MemorySegment y, int n) {
        multiply(prepared, w, sx, sw, y, Arena.ofAuto().allocate(MULTIPLY_SCRATCH_BYTES, 64), n, 0,
                MULTIPLY_BLOCKS);
    }

    /**
     * Blocks `from` to `to - 1` of prepare, memory by address.
     */
    private static void prepareBlocks(long x, long prepared, int n, int from, int to) {
        x = x & 0xffff_ffff_ffffL;
        prepared = prepared & 0xffff_ffff_ffffL;
        // for tile0 in 0..4 on cores
        int end = Math.min(to, 4);
        for (int tile0 = from; tile0 < end; tile0++) {
            tile(prepared, x, n, tile0);
        }
    }

    /**
     * The body `tile`, by itself so that HotSpot compiles it well.
     */
    private static void tile(long prepared, long x, int n, int tile0) {
        prepared = prepared & 0xffff_ffff_ffffL;
        x = x & 0xffff_ffff_ffffL;
        for (int token1 = 0; token1 < n; token1++) {
            int first2 = (token1 * 4 + tile0) * 96;
            int column3 = tile0 * 9;
            // prepared[first2 +: 32] = digit0_of_tri5[0 +: 32] * x[token1 * 36 + column3 below token1 * 36 + 36]
            //     as i16 splat i16x32 + digit1_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 1) below token1 * 36 +
            //     36] as i16 splat i16x32 + digit2_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 2) below token1 * 36
            //     + 36] as i16 splat i16x32
            int value;
            if (token1 * 36 + column3 < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value = MEMORY.get(JAVA_BYTE, xAt);
            } else {
                value = 0;
            }
            int value_2;
            if (token1 * 36 + (column3 + 1) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_2 = MEMORY.get(JAVA_BYTE, xAt + 1L);
            } else {
                value_2 = 0;
            }
            ShortVector shorts = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT1_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_2));
            ShortVector shorts_2 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT0_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value));
            int value_3;
            if (token1 * 36 + (column3 + 2) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_3 = MEMORY.get(JAVA_BYTE, xAt + 2L);
            } else {
                value_3 = 0;
            }
            ShortVector shorts_3 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT2_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_3));
            long preparedAt = prepared + (tile0 & 0xffff_ffffL) * 192L + (token1
                    & 0xffff_ffffL) * 768L;
            shorts_2.lanewise(ADD, shorts).lanewise(ADD, shorts_3).intoMemorySegment(MEMORY,
                    preparedAt, LITTLE_ENDIAN);
            // prepared[first2 + 32 +: 32] = digit0_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 3) below token1 *
            //     36 + 36] as i16 splat i16x32 + digit1_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 4) below token1
            //     * 36 + 36] as i16 splat i16x32 + digit2_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 5) below
            //     token1 * 36 + 36] as i16 splat i16x32
            int value_4;
            if (token1 * 36 + (column3 + 3) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_4 = MEMORY.get(JAVA_BYTE, xAt + 3L);
            } else {
                value_4 = 0;
            }
            int value_5;
            if (token1 * 36 + (column3 + 4) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_5 = MEMORY.get(JAVA_BYTE, xAt + 4L);
            } else {
                value_5 = 0;
            }
            ShortVector shorts_4 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT0_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_4));
            ShortVector shorts_5 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT1_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_5));
            int value_6;
            if (token1 * 36 + (column3 + 5) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_6 = MEMORY.get(JAVA_BYTE, xAt + 5L);
            } else {
                value_6 = 0;
            }
            ShortVector shorts_6 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT2_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_6));
            long preparedAt_2 = prepared + (tile0 & 0xffff_ffffL) * 192L + (token1
                    & 0xffff_ffffL) * 768L;
            shorts_4.lanewise(ADD, shorts_5).lanewise(ADD, shorts_6).intoMemorySegment(MEMORY,
                    preparedAt_2 + 64L, LITTLE_ENDIAN);
            // prepared[first2 + 64 +: 32] = digit0_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 6) below token1 *
            //     36 + 36] as i16 splat i16x32 + digit1_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 7) below token1
            //     * 36 + 36] as i16 splat i16x32 + digit2_of_tri5[0 +: 32] * x[token1 * 36 + (column3 + 8) below
            //     token1 * 36 + 36] as i16 splat i16x32
            int value_7;
            if (token1 * 36 + (column3 + 6) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_7 = MEMORY.get(JAVA_BYTE, xAt + 6L);
            } else {
                value_7 = 0;
            }
            int value_8;
            if (token1 * 36 + (column3 + 7) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_8 = MEMORY.get(JAVA_BYTE, xAt + 7L);
            } else {
                value_8 = 0;
            }
            ShortVector shorts_7 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT0_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_7));
            ShortVector shorts_8 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT1_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_8));
            int value_9;
            if (token1 * 36 + (column3 + 8) < token1 * 36 + 36) {
                long xAt = x + (tile0 & 0xffff_ffffL) * 9L + (token1 & 0xffff_ffffL) * 36L;
                value_9 = MEMORY.get(JAVA_BYTE, xAt + 8L);
            } else {
                value_9 = 0;
            }
            ShortVector shorts_9 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    DIGIT2_OF_TRI5, LITTLE_ENDIAN).lanewise(MUL,
                    ShortVector.broadcast(ShortVector.SPECIES_512, (short) value_9));
            long preparedAt_3 = prepared + (tile0 & 0xffff_ffffL) * 192L + (token1
                    & 0xffff_ffffL) * 768L;
            shorts_7.lanewise(ADD, shorts_8).lanewise(ADD, shorts_9).intoMemorySegment(MEMORY,
                    preparedAt_3 + 128L, LITTLE_ENDIAN);
        }
    }

    /**
     * Blocks `from` to `to - 1` of multiply, memory by address.
     */
    private static void multiplyBlocks(long prepared, long w, long sx, long sw, long y,
            long scratch, int n, int from, int to) {
        prepared = prepared & 0xffff_ffff_ffffL;
        w = w & 0xffff_ffff_ffffL;
        sx = sx & 0xffff_ffff_ffffL;
        sw = sw & 0xffff_ffff_ffffL;
        y = y & 0xffff_ffff_ffffL;
        long sums = scratch & 0xffff_ffff_ffffL;
        int tokenBlocks0 = 1;
        // for cacheBlock1 in 0..2 on cores
        int end = Math.min(to, 2);
        for (int cacheBlock1 = from; cacheBlock1 < end; cacheBlock1++) {
            int apart2 = 2;
            int end_2 = tokenBlocks0 * 2;
            for (int clear3 = 0; clear3 < end_2; clear3++) {
                // sums[clear3 * 16 +: 16] = 0:i32x16
                long sumsAt = sums + (clear3 & 0xffff_ffffL) * 64L;
                IntVector.broadcast(IntVector.SPECIES_512, 0).intoMemorySegment(MEMORY, sumsAt,
                        LITTLE_ENDIAN);
            }
            for (int kBlock4 = 0; kBlock4 < 1; kBlock4++) {
                int rowTile8 = cacheBlock1;
                int at6 = 0;
                tiles(prepared, w, sums, kBlock4, rowTile8, at6);
            }
            int rowTile22 = cacheBlock1;
            int at20 = 0;
            for (int r23 = 0; r23 < 1; r23++) {
                for (int t24 = 0; t24 < 1; t24++) {
                    int token25 = t24;
                    if (token25 < n) {
                        for (int chunk26 = 0; chunk26 < 2; chunk26++) {
                            int row27 = (rowTile22 + apart2 * r23) * 32 + chunk26 * 16;
                            // y[token25 * 64 + row27 +: 16] = sums[at20 + ((r23 + t24) * 32 + chunk26 * 16) +: 16] as f32x16 *
                            //     sw[row27 +: 16] * sx[token25] splat f32x16
                            long sumsAt = sums + (r23 & 0xffff_ffffL) * 128L + (t24
                                    & 0xffff_ffffL) * 128L + (chunk26 & 0xffff_ffffL) * 64L;
                            long swAt = sw + (row27 & 0xffff_ffffL) * 4L;
                            FloatVector floats = (FloatVector) IntVector.fromMemorySegment(IntVector.SPECIES_512,
                                    MEMORY, sumsAt, LITTLE_ENDIAN).convertShape(I2F,
                                    FloatVector.SPECIES_512, 0);
                            long sxAt = sx + (t24 & 0xffff_ffffL) * 4L;
                            FloatVector floats_2 = floats.lanewise(MUL,
                                    FloatVector.fromMemorySegment(FloatVector.SPECIES_512, MEMORY,
                                    swAt, LITTLE_ENDIAN));
                            long yAt = y + (t24 & 0xffff_ffffL) * 256L + (row27
                                    & 0xffff_ffffL) * 4L;
                            floats_2.lanewise(MUL, FloatVector.broadcast(FloatVector.SPECIES_512,
                                    MEMORY.get(JAVA_FLOAT_UNALIGNED, sxAt)))
                                    .intoMemorySegment(MEMORY, yAt, LITTLE_ENDIAN);
                        }
                    }
                }
            }
        }
    }

    /**
     * The body `tiles`, by itself so that HotSpot compiles it well.
     */
    private static void tiles(long prepared, long w, long sums, int kBlock4, int rowTile8,
            int at6) {
        prepared = prepared & 0xffff_ffff_ffffL;
        w = w & 0xffff_ffff_ffffL;
        sums = sums & 0xffff_ffff_ffffL;
        // var acc9: i16x32 = 0:i16x32
        ShortVector acc9 = ShortVector.broadcast(ShortVector.SPECIES_512, (short) 0);
        int kTile10 = kBlock4 * 4;
        for (int i11 = 0; i11 < 4; i11++) {
            int tile12 = kTile10 + i11;
            int run13 = tile12 * 96;
            int word14 = (rowTile8 * 4 + tile12) * 32;
            // let table15: i16x32 = prepared[run13 +: 32]
            long preparedAt = prepared + (kBlock4 & 0xffff_ffffL) * 768L + (i11
                    & 0xffff_ffffL) * 192L;
            ShortVector table15 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    preparedAt, LITTLE_ENDIAN);
            // let words16: u16x32 = w[word14 +: 32]
            long wAt = w + (rowTile8 & 0xffff_ffffL) * 256L + (kBlock4 & 0xffff_ffffL) * 256L + (i11
                    & 0xffff_ffffL) * 64L;
            ShortVector words16 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    wAt, LITTLE_ENDIAN);
            // acc9 += lookup(table15, words16 as i16x32)
            acc9 = words16.selectFrom(table15).lanewise(ADD, acc9);
            // let table17: i16x32 = prepared[run13 + 32 +: 32]
            long preparedAt_2 = prepared + (kBlock4 & 0xffff_ffffL) * 768L + (i11
                    & 0xffff_ffffL) * 192L;
            ShortVector table17 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    preparedAt_2 + 64L, LITTLE_ENDIAN);
            // acc9 += lookup(table17, (words16 >>> 5) as i16x32)
            acc9 = words16.reinterpretAsInts().lanewise(LSHR, 5).reinterpretAsShorts()
                    .selectFrom(table17).lanewise(ADD, acc9);
            // let table18: i16x32 = prepared[run13 + 64 +: 32]
            long preparedAt_3 = prepared + (kBlock4 & 0xffff_ffffL) * 768L + (i11
                    & 0xffff_ffffL) * 192L;
            ShortVector table18 = ShortVector.fromMemorySegment(ShortVector.SPECIES_512, MEMORY,
                    preparedAt_3 + 128L, LITTLE_ENDIAN);
            // acc9 += lookup(table18, (words16 >>> 10) as i16x32)
            acc9 = words16.reinterpretAsInts().lanewise(LSHR, 10).reinterpretAsShorts()
                    .selectFrom(table18).lanewise(ADD, acc9);
        }
        // sums[at6 +: 32] = sums[at6 +: 32] + acc9 as i32x32
        long sumsAt = sums + (at6 & 0xffff_ffffL) * 4L;
        IntVector ints = (IntVector) ((ShortVector) ShortVector.broadcast(ShortVector.SPECIES_512,
                (short) 0).lanewise(OR, acc9).reinterpretShape(ShortVector.SPECIES_256, 0))
                .convertShape(S2I, IntVector.SPECIES_512, 0);
        IntVector.fromMemorySegment(IntVector.SPECIES_512, MEMORY, sumsAt, LITTLE_ENDIAN)
                .lanewise(ADD, ints).intoMemorySegment(MEMORY, sumsAt, LITTLE_ENDIAN);
        IntVector vector = ShortVector.broadcast(ShortVector.SPECIES_512, (short) 0).lanewise(OR,
                acc9).reinterpretAsInts();
        ShortVector shorts = (ShortVector) IntVector.fromMemorySegment(IntVector.SPECIES_512,
                MEMORY, PATTERNS, LITTLE_ENDIAN).selectFrom(vector).reinterpretAsShorts()
                .reinterpretShape(ShortVector.SPECIES_256, 0);
        IntVector ints_2 = IntVector.fromMemorySegment(IntVector.SPECIES_512, MEMORY, sumsAt + 64L,
                LITTLE_ENDIAN).lanewise(ADD, (IntVector) shorts.convertShape(S2I,
                IntVector.SPECIES_512, 0));
        ints_2.intoMemorySegment(MEMORY, sumsAt + 64L, LITTLE_ENDIAN);
    }

    /**
     * Where a segment lies, if it is native memory and large enough.
     */
    private static long address(MemorySegment segment, long bytes, String name) {
        if (segment.isNative() && segment.byteSize() >= bytes) return segment.address();
        throw new IllegalArgumentException(name + " needs " + bytes + " bytes of native memory");
    }

    /**
     * Refuses a number that the kernel was not made for.
     */
    private static void check(int value, int low, int high, String name) {
        if (value < low || value > high)
            throw new IllegalArgumentException(name + " may be " + low + " to " + high + ", not "
                    + value);
    }

    /**
     * Native memory that holds numbers of so many bytes each, the lowest byte first, for as long as the
     * class lives.
     */
    private static long constant(int bytes, String... numbers) {
        String[] words = String.join(" ", numbers).split(" +");
        MemorySegment memory = Arena.global().allocate((long) words.length * bytes + SLACK, 64);
        for (int i = 0; i < words.length; i++) {
            long number = Long.parseLong(words[i]);
            for (int b = 0; b < bytes; b++) memory.set(JAVA_BYTE, (long) i * bytes + b,
                    (byte) (number >> 8 * b));
        }
        return memory.address();
    }

    /**
     * An example of use, which checks the kernel. Ends with status 1 if a result is wrong.
     */
    public static void main(String[] arguments) {
        int n = Math.min(MAX_TOKENS, 3);
        Random random = new Random(1);
        byte[] x = new byte[n * K];
        random.nextBytes(x);
        byte[] w = new byte[M * K];
        Weights.random(1, w);
        float[] sx = new float[n];
        for (int i = 0; i < sx.length; i++) sx[i] = random.nextFloat() - 0.5f;
        float[] sw = new float[M];
        for (int i = 0; i < sw.length; i++) sw[i] = random.nextFloat() - 0.5f;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment xMemory = input(arena, MemorySegment.ofArray(x));
            MemorySegment wMemory = arena.allocate(WEIGHT_BYTES, 64);
            Weights.pack(w, wMemory);
            MemorySegment sxMemory = input(arena, MemorySegment.ofArray(sx));
            MemorySegment swMemory = input(arena, MemorySegment.ofArray(sw));
            MemorySegment prepared = arena.allocate(PREPARED_BYTES, 64);
            MemorySegment yMemory = arena.allocate(4L * n * M, 64);

            prepare(xMemory, prepared, n);
            multiply(prepared, wMemory, sxMemory, swMemory, yMemory, n);
            float[] y = yMemory.toArray(JAVA_FLOAT);
            float[] expected = expected(n, x, w, sx, sw);
            boolean wrong = !Arrays.equals(y, expected);
            System.out.printf("%,d results of plain loops: %s%n", y.length, wrong ? "NOT EQUAL"
                    : "equal, bit for bit");

            // Any threads may share the blocks, each with scratch of its own.
            int parts = Math.min(4, MULTIPLY_BLOCKS);
            yMemory.fill((byte) 0);
            IntStream.range(0, parts).parallel().forEach(part -> {
                int from = MULTIPLY_BLOCKS * part / parts, to = MULTIPLY_BLOCKS * (part
                        + 1) / parts;
                multiply(prepared, wMemory, sxMemory, swMemory, yMemory,
                        arena.allocate(MULTIPLY_SCRATCH_BYTES, 64), n, from, to);
            });
            boolean again = Arrays.equals(y, yMemory.toArray(JAVA_FLOAT));
            System.out.printf("in %d parts: %s%n", parts, again ? "equal" : "NOT EQUAL");

            byte[] back = new byte[M * K];
            Weights.unpack(wMemory, back);
            boolean read = Arrays.equals(w, back);
            System.out.println("weights read back: " + (read ? "equal" : "NOT EQUAL"));
            if (wrong || !again || !read) System.exit(1);
        }
    }

    /**
     * What the kernel means, in plain loops.
     */
    private static float[] expected(int n, byte[] x, byte[] w, float[] sx, float[] sw) {
        float[] result = new float[n * M];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < M; j++) {
                int wSum = 0;
                for (int k = 0; k < K; k++) wSum += x[i * K + k] * w[j * K + k];
                result[i * M + j] = wSum * sw[j] * sx[i];
            }
        }
        return result;
    }

    /**
     * A copy in native memory, with bytes behind it that a kernel may touch.
     */
    private static MemorySegment input(Arena arena, MemorySegment data) {
        return arena.allocate(data.byteSize() + SLACK, 64).copyFrom(data);
    }

    /**
     * Weights in packing tri5r32: 1.7778 bits each. `bitAt` and `digitAt` say where each lies.
     *
     * <pre>{@code
     * codec tri5 = base3(3) in 5 bits
     *
     * packing tri5r32 {
     *     tile rows 32, k 9;
     *     word i16;
     *     codec tri5;
     *     digit k%3;
     *     code at row*16 + k/3*5;
     *     tiles k within rows;
     * }
     * }</pre>
     *
     * The matrix is cut into tiles of 32 rows and 9 columns (k), 64 bytes each, all tiles along k of a row
     * of tiles next to each other.
     */
    public static final class Weights {
        public static final int M = 64;

        public static final int K = 36;

        public static final long BYTES = 512L;

        public static final int ROW_TILES = 2;

        public static final int COLUMN_TILES = 4;

        public static final int ROWS = 32;

        public static final int COLUMNS = 9;

        public static final int TILE_BYTES = 64;

        public static final int SECTIONS = 1;

        public static final int PLACES = 1536;

        /**
         * Of each section of a tile: its first row, and so on.
         */
        private static final int[] ROW0 = {0};

        private static final int[] SECTION_ROWS = {32};

        private static final int[] COLUMN0 = {0};

        private static final int[] SECTION_COLUMNS = {9};

        /**
         * Digits of a code; each is one of SIZE from LOW on.
         */
        private static final int[] DIGITS = {3};

        private static final int[] LOW = {-1};

        private static final int[] SIZE = {3};

        private static final int[] FIELDS = {1};

        private static final int[] WIDTH0 = {0};

        private static final int[] CODE0 = {0, 32};

        private static final int[] NUMBER0 = {0, 27};

        /**
         * Bits of each field of a code, the lowest bits first, from WIDTH0 on.
         */
        private static final int[] WIDTHS = {5};

        /**
         * Digits of each code from CODE0 on, as one number (d0 - LOW) + (d1 - LOW) * SIZE + ..; -1 where it
         * means nothing.
         */
        private static final int[] MEANINGS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, -1, -1, -1, -1, -1};

        /**
         * The code to write for each such number from NUMBER0 on; -1 where there is none.
         */
        private static final int[] WRITTEN = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26};

        private Weights() {
        }

        /**
         * Packs a matrix.
         *
         * @param weights [M, K], row by row
         * @param packed BYTES long or longer
         * @throws IllegalArgumentException if no code holds some weights
         */
        public static void pack(byte[] weights, MemorySegment packed) {
            byte[] digits = new byte[PLACES];
            boolean[] known = new boolean[PLACES];
            clear(packed);
            for (int rowTile = 0; rowTile < ROW_TILES; rowTile++) {
                for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++) {
                    long tile = tileAt(rowTile, columnTile);
                    for (int s = 0; s < SECTIONS; s++) {
                        for (int at = 0; at < PLACES; at++) known[at] = false;
                        for (int row = 0; row < SECTION_ROWS[s]; row++) {
                            for (int k = 0; k < SECTION_COLUMNS[s]; k++) {
                                int at = bitAt(s, 0, row, k) * DIGITS[s] + digitAt(s, row, k);
                                int i = rowAt(rowTile, ROW0[s] + row), j = columnTile * COLUMNS
                                        + COLUMN0[s] + k;
                                known[at] = i < M && j < K;
                                if (known[at]) digits[at] = weights[i * K + j];
                            }
                        }
                        for (int row = 0; row < SECTION_ROWS[s]; row++) {
                            for (int k = 0; k < SECTION_COLUMNS[s]; k++) {
                                int at = bitAt(s, 0, row, k) * DIGITS[s];
                                if (digitAt(s, row, k) > 0 && known[at]) continue;
                                int code = codeOf(s, digits, known, at);
                                if (code < 0) throw new IllegalArgumentException("no code holds some of the weights");
                                for (int f = 0; f < FIELDS[s]; f++) {
                                    put(packed, tile, bitAt(s, f, row, k), WIDTHS[WIDTH0[s] + f],
                                            code);
                                    code >>= WIDTHS[WIDTH0[s] + f];
                                }
                            }
                        }
                    }
                }
            }
        }

        /**
         * Reads a packed matrix.
         *
         * @param packed BYTES long or longer
         * @param weights [M, K], to be filled
         * @throws IllegalArgumentException if some code means nothing
         */
        public static void unpack(MemorySegment packed, byte[] weights) {
            for (int rowTile = 0; rowTile < ROW_TILES; rowTile++) {
                for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++) {
                    long tile = tileAt(rowTile, columnTile);
                    for (int s = 0; s < SECTIONS; s++) {
                        for (int row = 0; row < SECTION_ROWS[s]; row++) {
                            for (int k = 0; k < SECTION_COLUMNS[s]; k++) {
                                int i = rowAt(rowTile, ROW0[s] + row), j = columnTile * COLUMNS
                                        + COLUMN0[s] + k;
                                int code = 0;
                                if (i >= M || j >= K) continue;
                                for (int f = FIELDS[s] - 1; f >= 0; f--)
                                    code = code << WIDTHS[WIDTH0[s] + f] | get(packed, tile,
                                            bitAt(s, f, row, k), WIDTHS[WIDTH0[s] + f]);
                                if (MEANINGS[CODE0[s]
                                        + code] < 0) throw new IllegalArgumentException("a code means nothing");
                                weights[i * K + j] = digitOf(s, code, digitAt(s, row, k));
                            }
                        }
                    }
                }
            }
        }

        /**
         * Random weights that the packing can hold, drawn code by code; the same for the same seed.
         *
         * @param weights [M, K], to be filled
         */
        public static void random(long seed, byte[] weights) {
            for (int rowTile = 0; rowTile < ROW_TILES; rowTile++) {
                for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++) {
                    long tile = tileAt(rowTile, columnTile);
                    for (int s = 0; s < SECTIONS; s++) {
                        for (int row = 0; row < SECTION_ROWS[s]; row++) {
                            for (int k = 0; k < SECTION_COLUMNS[s]; k++) {
                                int i = rowAt(rowTile, ROW0[s] + row), j = columnTile * COLUMNS
                                        + COLUMN0[s] + k;
                                int code = draw(s, seed * 1000003 + 8 * tile + bitAt(s, 0, row, k));
                                if (i < M && j < K) weights[i * K + j] = digitOf(s, code, digitAt(s,
                                        row, k));
                            }
                        }
                    }
                }
            }
        }

        /**
         * First byte of a tile.
         */
        private static long tileAt(long rowTile, long columnTile) {
            return (rowTile * COLUMN_TILES + columnTile) * TILE_BYTES;
        }

        /**
         * Row of the matrix that a row of a tile is.
         */
        private static int rowAt(int rowTile, int row) {
            return rowTile * ROWS + row;
        }

        /**
         * The code to write for digits. Those that are not known stand for padding: zero where a code has
         * zeros there, else the first digits that some code holds.
         */
        private static int codeOf(int s, byte[] digits, boolean[] known, int at) {
            int number = 0;
            for (int d = DIGITS[s] - 1; d >= 0; d--) {
                int digit = (known[at + d] ? digits[at + d] : 0) - LOW[s];
                number = number < 0 || digit < 0 || digit >= SIZE[s] ? -1 : number * SIZE[s]
                        + digit;
            }
            if (number >= 0 && WRITTEN[NUMBER0[s] + number] >= 0) return WRITTEN[NUMBER0[s]
                    + number];
            for (number = 0; number < NUMBER0[s + 1] - NUMBER0[s]; number++) {
                boolean held = WRITTEN[NUMBER0[s] + number] >= 0;
                int rest = number;
                for (int d = 0; d < DIGITS[s]; d++) {
                    held = held && (!known[at + d] || rest % SIZE[s] + LOW[s] == digits[at + d]);
                    rest /= SIZE[s];
                }
                if (held) return WRITTEN[NUMBER0[s] + number];
            }
            return -1;
        }

        /**
         * A digit of a code that means something.
         */
        private static byte digitOf(int s, int code, int digit) {
            int number = MEANINGS[CODE0[s] + code];
            for (int d = 0; d < digit; d++) number /= SIZE[s];
            return (byte) (number % SIZE[s] + LOW[s]);
        }

        /**
         * A code that means something.
         */
        private static int draw(int s, long seed) {
            long hash = (seed & 0x7fffffff) + 1;
            for (int i = 0; i < 3; i++) hash = ((hash ^ hash >> 13) * 48271 + 11) % 2147483647;
            int codes = CODE0[s + 1] - CODE0[s], code = (int) (hash % codes);
            while (MEANINGS[CODE0[s] + code] < 0) code = (code + 1) % codes;
            return code;
        }

        /**
         * Sets the bits of a field that are 1 in value.
         */
        private static void put(MemorySegment packed, long tile, int bit, int width, int value) {
            int bits = (value & ((1 << width) - 1)) << bit % 8;
            for (long at = tile + bit / 8; bits != 0; at++) {
                store(packed, at, load(packed, at) | (bits & 255));
                bits >>= 8;
            }
        }

        private static int get(MemorySegment packed, long tile, int bit, int width) {
            int bits = 0;
            for (int b = (bit + width - 1) / 8; b >= bit / 8; b--) bits = bits << 8 | load(packed,
                    tile + b);
            return bits >> bit % 8 & ((1 << width) - 1);
        }

        /**
         * Which digit of its code a weight is.
         */
        private static int digitAt(int s, int row, int k) {
            return k%3;
        }

        /**
         * The bit of the tile, which is bit b % 8 of byte b / 8, at which field f of a weight's code begins.
         */
        private static int bitAt(int s, int f, int row, int k) {
            return row*16 + k/3*5;
        }

        private static void clear(MemorySegment packed) {
            packed.asSlice(0, BYTES).fill((byte) 0);
        }

        private static int load(MemorySegment packed, long at) {
            return packed.get(JAVA_BYTE, at) & 255;
        }

        private static void store(MemorySegment packed, long at, int value) {
            packed.set(JAVA_BYTE, at, (byte) value);
        }

        /**
         * Numbers written as text, since an array of constants would take seven bytes of code for each.
         */
        private static int[] numbers(String... parts) {
            return Arrays.stream(String.join(" ", parts).split(" +")).mapToInt(Integer::parseInt)
                    .toArray();
        }
    }
}
