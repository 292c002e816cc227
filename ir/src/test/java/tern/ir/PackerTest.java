package tern.ir;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.text.Tir;

/// The packings of the library against formats.md, written out by hand, and back.
class PackerTest {

    private static final float SCALE = 0.625f;

    private static Packing library(String name) {
        return Tir.library().packing(name);
    }

    private static byte[][] trits(int m, int k, long seed) {
        var random = new SplittableRandom(seed);
        var weights = new byte[m][k];
        for (byte[] row : weights) for (int i = 0; i < k; i++) row[i] = (byte) random.nextInt(-1, 2);
        return weights;
    }

    private static Rows rows(byte[][] weights) {
        return (row, digits) -> System.arraycopy(weights[row], 0, digits, 0, weights[row].length);
    }

    private static byte[] packed(String packing, byte[][] weights) {
        PackedMatrix matrix = Packer.of(library(packing)).pack(weights.length, weights[0].length, rows(weights), SCALE);
        return matrix.bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void i2sAsBitnetCppWritesIt() {
        byte[][] w = trits(3, 256, 1);
        ByteBuffer expected = buffer(3 * 256 / 4 + 32);
        for (byte[] row : w)
            for (int block = 0; block < 256; block += 128)
                for (int p = 0; p < 32; p++)
                    expected.put((byte) (row[block + p] + 1 << 6 | row[block + 32 + p] + 1 << 4 | row[block + 64 + p] + 1 << 2
                            | row[block + 96 + p] + 1));
        expected.putFloat(SCALE);
        assertArrayEquals(expected.array(), packed("i2_s", w));
    }

    @Test
    void i2sArm() {
        byte[][] w = trits(2, 128, 2);
        ByteBuffer expected = buffer(2 * 128 / 4 + 32);
        for (byte[] row : w)
            for (int block = 0; block < 128; block += 64)
                for (int p = 0; p < 16; p++)
                    expected.put((byte) (row[block + p] + 1 << 6 | row[block + 16 + p] + 1 << 4 | row[block + 32 + p] + 1 << 2
                            | row[block + 48 + p] + 1));
        expected.putFloat(SCALE);
        assertArrayEquals(expected.array(), packed("i2_s_arm", w));
    }

    @Test
    void tq2AsGgmlWritesIt() {
        byte[][] w = trits(2, 512, 3);
        ByteBuffer expected = buffer(4 * 66);
        for (byte[] row : w) {
            for (int block = 0; block < 512; block += 256) {
                for (int half = 0; half < 2; half++) {
                    for (int b = 0; b < 32; b++) {
                        int q = 0;
                        for (int l = 0; l < 4; l++) q |= row[block + half * 128 + 32 * l + b] + 1 << 2 * l;
                        expected.put((byte) q);
                    }
                }
                expected.putShort(Float.floatToFloat16(SCALE));
            }
        }
        assertArrayEquals(expected.array(), packed("tq2_0", w));
    }

    @Test
    void tq1AsGgmlWritesIt() {
        byte[][] w = trits(2, 512, 4);
        ByteBuffer expected = buffer(4 * 54);
        for (byte[] row : w) {
            for (int block = 0; block < 512; block += 256) {
                for (int b = 0; b < 32; b++) expected.put(tq1(row, block + b, 32, 5));
                for (int b = 0; b < 16; b++) expected.put(tq1(row, block + 160 + b, 16, 5));
                for (int b = 0; b < 4; b++) expected.put(tq1(row, block + 240 + b, 4, 4));
                expected.putShort(Float.floatToFloat16(SCALE));
            }
        }
        assertArrayEquals(expected.array(), packed("tq1_0", w));
    }

    private static byte tq1(byte[] row, int first, int step, int trits) {
        int q = 0;
        for (int n = 0; n < 5; n++) q = q * 3 + (n < trits ? row[first + n * step] + 1 : 0);
        return (byte) ((q * 256 + 242) / 243);
    }

    @Test
    void huggingFaceRowsAQuarterApart() {
        byte[][] w = trits(12, 7, 5);
        byte[] expected = new byte[3 * 7];
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 7; k++)
                for (int i = 0; i < 4; i++) expected[r * 7 + k] |= (byte) (w[r + i * 3][k] + 1 << 2 * i);
        assertArrayEquals(expected, packed("hf", w));
    }

    @Test
    void microsoftGpuWordsOfSixteen() {
        byte[][] w = trits(32, 64, 6);
        ByteBuffer expected = buffer(32 * 64 / 4);
        for (int rowBlock = 0; rowBlock < 32; rowBlock += 16) {
            for (int kBlock = 0; kBlock < 64; kBlock += 32) {
                for (int n = 0; n < 32; n++) {
                    int row = rowBlock + n % 8 + n / 16 * 8, k = kBlock + n / 8 % 2 * 16, word = 0;
                    for (int e = 0; e < 16; e++) word |= w[row][k + e] + 2 << 8 * (e % 4) + 2 * (e / 4);
                    expected.putInt(word);
                }
            }
        }
        assertArrayEquals(expected.array(), packed("msgpu_int2", w));
    }

    @Test
    void threeCodesInAWordOfEachRow() {
        byte[][] w = trits(32, 18, 7);
        ByteBuffer expected = buffer(32 * 2 * 2);
        for (int tile = 0; tile < 2; tile++) {
            for (byte[] row : w) {
                int word = 0;
                for (int c = 0; c < 3; c++) {
                    int first = tile * 9 + c * 3;
                    word |= row[first] + 1 + 3 * (row[first + 1] + 1) + 9 * (row[first + 2] + 1) << 5 * c;
                }
                expected.putShort((short) word);
            }
        }
        assertArrayEquals(expected.array(), packed("tri5r32", w));
    }

    static Stream<Arguments> sizes() {
        var sizes = new ArrayList<Arguments>();
        for (Packing packing : Tir.library().allPackings())
            for (int m : sizes(packing.rows())) for (int k : sizes(packing.columns())) sizes.add(Arguments.of(packing.name(), m, k));
        return sizes.stream();
    }

    private static int[] sizes(int tile) {
        return IntStream.of(1, tile - 1, tile, tile + 1, 2 * tile + 1, 7, 37).filter(s -> s > 0).distinct().toArray();
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void whatIsPackedIsRead(String name, int m, int k) {
        byte[][] weights = trits(m, k, 31L * m + k);
        if (name.equals("sherry5")) {
            // In whole groups one zero, in a group at the edge at most one.
            for (byte[] row : weights)
                for (int i = 0; i < k; i++) row[i] = i % 4 == 1 ? 0 : row[i] == 0 ? (byte) 1 : row[i];
        }
        if (name.equals("q1_0")) for (byte[] row : weights) for (int i = 0; i < k; i++) if (row[i] == 0) row[i] = 1;
        PackedMatrix packed = Packer.of(library(name)).pack(m, k, rows(weights), SCALE);
        for (int row = 0; row < m; row++) {
            byte[] digits = new byte[k + 1];
            digits[k] = 42;
            packed.read(row, digits);
            assertArrayEquals(weights[row], Arrays.copyOf(digits, k));
            assertEquals(42, digits[k], "what lies behind is left alone");
        }
        if (packed.packing().scale() != null) assertEquals(SCALE, packed.scales().of(m - 1, k - 1));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void rowTilesInAnyOrderGiveTheSameBytes(String name, int m, int k) {
        if (name.equals("sherry5") || name.equals("q1_0")) return;
        byte[][] weights = trits(m, k, 17L * m + k);
        Packer packer = Packer.of(library(name));
        MemorySegment out = MemorySegment.ofArray(new byte[(int) packer.packing().bytes(m, k)]).fill((byte) 0x5a);
        for (int rowTile = packer.packing().rowTiles(m) - 1; rowTile >= 0; rowTile--)
            packer.pack(m, k, rows(weights), out, Scales.one(SCALE), rowTile, rowTile + 1);
        assertArrayEquals(packed(name, weights), out.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void repackingNeedsNoDigitsInBetween() {
        byte[][] weights = trits(65, 300, 8);
        PackedMatrix matrix = Packer.of(library("i2_s")).pack(65, 300, rows(weights), SCALE);
        for (String name : List.of("tri5r32", "planes", "hf", "tq1_0", "two_r256", "tl2", "msgpu_int2", "i2_s"))
            matrix = Packer.of(library(name)).pack(65, 300, matrix, SCALE);
        assertArrayEquals(packed("i2_s", weights), matrix.bytes().toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void paddingIsZeroWhereTheCodecHasZero() {
        byte[] bytes = packed("i2_s", new byte[][] {{-1}});
        assertEquals(0b00010101, bytes[0]);
        for (int i = 1; i < 32; i++) assertEquals(0b01010101, bytes[i]);
    }

    @Test
    void paddingIsAnythingThatTheCodecHolds() {
        byte[][] weights = {{1, 1, 1, 0, -1}};
        PackedMatrix packed = Packer.of(library("sherry5")).pack(1, 5, rows(weights), SCALE);
        byte[] digits = new byte[5];
        packed.read(0, digits);
        assertArrayEquals(weights[0], digits);
        // The codes of the rows and columns that are all padding: the first that means anything.
        var whole = new PackedMatrix(packed.packing(), 32, 12, packed.bytes());
        byte[] padding = new byte[12];
        whole.read(31, padding);
        assertArrayEquals(new byte[] {0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1}, padding);
    }

    @Test
    void weightsThatNoCodeMeansAreNamed() {
        Packer sherry = Packer.of(library("sherry5")), trits = Packer.of(library("tri5r32"));
        byte[][] weights = new byte[40][24];
        for (byte[] row : weights) for (int i = 0; i < 24; i++) row[i] = (byte) (i % 4 == 0 ? 0 : 1);
        weights[33][17] = 0;
        assertThatThrownBy(() -> sherry.pack(40, 24, rows(weights), SCALE)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("packing sherry5, row 33, column 16: codec one_zero has no code for the weights 0 0 1 1");
        weights[39][23] = 2;
        assertThatThrownBy(() -> trits.pack(40, 24, rows(weights), SCALE))
                .hasMessage("packing tri5r32, row 39, column 21: codec tri5 has no code for the weights 1 1 2");
        assertThatThrownBy(() -> trits.pack(40, 23, (row, digits) -> digits[22] = 5, SCALE))
                .hasMessage("packing tri5r32, row 0, column 21: codec tri5 has no code for the weights 0 5 any");
    }

    @Test
    void codesThatMeanNothingAreNamed() {
        byte[] bytes = packed("i2_s", trits(2, 256, 9));
        bytes[64 + 32 + 3] |= 0b00001100;
        var matrix = new PackedMatrix(library("i2_s"), 2, 256, MemorySegment.ofArray(bytes));
        matrix.read(0, new byte[256]);
        assertThatThrownBy(() -> matrix.read(1, new byte[256]))
                .hasMessage("packing i2_s, row 1, column 195: code 3 of codec two means nothing");
    }

    @Test
    void memoryIsChecked() {
        assertThatThrownBy(() -> new PackedMatrix(library("i2_s"), 2, 256, MemorySegment.ofArray(new byte[159])))
                .hasMessage("packing i2_s needs 160 bytes for 2 x 256 weights, found 159");
        assertThatThrownBy(() -> Packer.of(library("i2_s"))
                .pack(2, 256, rows(trits(2, 256, 1)), MemorySegment.ofArray(new byte[10]), Scales.one(SCALE), 0, 2))
                .hasMessage("packing i2_s needs 160 bytes for 2 x 256 weights, found 10");
    }
}
