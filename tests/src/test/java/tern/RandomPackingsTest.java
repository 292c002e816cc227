package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.RandomPackings;
import tern.ir.Codec;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Packing.Section;
import tern.ir.PackingCheck;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;

class RandomPackingsTest {

    private static final int[] PRIMES = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};

    static LongStream seeds() {
        return Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, 500);
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void whatIsPackedIsRead(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = RandomPackings.any(random);
        assertThat(PackingCheck.of(packing).problems()).as("%s", packing).isEmpty();
        int m = size(packing.rows(), random), k = size(packing.columns(), random);
        byte[][] weights = RandomWeights.of(packing, m, k, random);
        PackedMatrix packed = Packer.of(packing).pack(m, k, RandomWeights.rows(weights), 0.5f);
        for (int row = 0; row < m; row++) {
            byte[] digits = new byte[k];
            packed.read(row, digits);
            assertArrayEquals(weights[row], digits, "row " + row + " of " + m + " x " + k + " in " + packing);
            for (int column = 0; column < k; column++)
                assertEquals(weights[row][column], weightAt(packed, row, column), () -> "by definition: " + packing);
        }
        for (int i = 0; i < packing.extras().size(); i++)
            assertEquals(0.5f, packed.scaleAt(packing.rowTiles(m) - 1, packing.columnTiles(k) - 1, i));
        if (!packing.tail().isEmpty()) assertEquals(0.5f, packed.tailScale());
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void whatIsPrintedIsParsed(long seed) {
        Packing packing = RandomPackings.any(new SplittableRandom(seed));
        String text = Printer.printWithCodecs(packing);
        Tir parsed = Tir.parse(new Source("printed", text), null);
        assertEquals(packing, parsed.packing("random"), text);
        assertEquals(text, parsed.print());
    }

    private static int size(int tile, RandomGenerator random) {
        return switch (random.nextInt(5)) {
            case 0 -> 1;
            case 1 -> Math.max(1, tile - 1);
            case 2 -> tile;
            case 3 -> tile + 1;
            default -> PRIMES[random.nextInt(PRIMES.length)];
        };
    }

    /// What the packing's definition says, bit by bit: no table, no word.
    private static int weightAt(PackedMatrix packed, int row, int column) {
        Packing p = packed.packing();
        int rowTiles = p.rowTiles(packed.m()), columnTile = column / p.columns();
        int rowTile = p.spread() ? row % rowTiles : row / p.rows(), r = p.spread() ? row / rowTiles : row % p.rows();
        int c = column % p.columns();
        long tile = p.tileOffset(rowTile, columnTile, packed.m(), packed.k());
        for (Section section : p.sections()) {
            int inRow = r - section.row0(), inColumn = c - section.column0();
            if (inRow < 0 || inRow >= section.rows() || inColumn < 0 || inColumn >= section.columns()) continue;
            int code = 0, below = 0;
            for (int f = 0; f < section.fields().size(); f++) {
                Codec.Field field = section.codec().fields().get(f);
                int first = section.fields().get(f).at(inRow, inColumn);
                for (int b = 0; b < field.bits(); b++) code |= bit(packed.bytes(), tile, first + b) << below++;
            }
            return section.codec().decode(code)[section.digit().at(inRow, inColumn)];
        }
        throw new AssertionError("no section holds " + row + ", " + column);
    }

    private static int bit(MemorySegment bytes, long tile, int bit) {
        return bytes.get(ValueLayout.JAVA_BYTE, tile + bit / 8) >> bit % 8 & 1;
    }
}
