package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
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
import tern.ir.Scales;
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
        PackedMatrix packed = Packer.of(packing).pack(m, k, RandomWeights.rows(weights), scales(packing, m, k));
        for (int row = 0; row < m; row++) {
            byte[] digits = new byte[k];
            packed.read(row, digits);
            assertArrayEquals(weights[row], digits, "row " + row + " of " + m + " x " + k + " in " + packing);
            for (int column = 0; column < k; column++)
                assertEquals(weights[row][column], weightAt(packed, row, column), () -> "by definition: " + packing);
        }
        if (packing.scale() != null)
            for (int row = 0; row < m; row++)
                for (int column = 0; column < k; column++) {
                    assertEquals(scaleAt(packed, row, column), packed.scales().of(row, column), () -> "by definition: " + packing);
                    assertEquals(scale(packing, row, column, m), packed.scales().of(row, column), () -> packing.toString());
                }
    }

    /// A scale that all types hold, another for each group and row that may have one of its own.
    private static float scale(Packing p, int row, int column, int m) {
        Packing.Scale scale = Objects.requireNonNull(p.scale());
        int rowTile = p.spread() ? row % p.rowTiles(m) : row / p.rows(), r = p.spread() ? row / p.rowTiles(m) : row % p.rows();
        int number = switch (scale.where()) {
            case TILE -> 31 * rowTile + 7 * (column / p.columns()) + scale.place().at(r, column % p.columns());
            case HEAD -> 31 * rowTile + scale.place().at(r, 0);
            case TAIL -> 5;
        };
        return Math.scalb(1f, number % 9 - 4);
    }

    private static Scales scales(Packing p, int m, int k) {
        int group = p.group();
        return new Scales() {
            @Override
            public int group() {
                return group;
            }

            @Override
            public float at(int row, int g) {
                return p.scale() == null ? 1 : scale(p, row, g * group, m);
            }
        };
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

    /// Where the packing's definition says that a weight's scale lies, read byte by byte.
    private static float scaleAt(PackedMatrix packed, int row, int column) {
        Packing p = packed.packing();
        Packing.Scale scale = Objects.requireNonNull(p.scale());
        int rowTiles = p.rowTiles(packed.m()), m = packed.m(), k = packed.k();
        int rowTile = p.spread() ? row % rowTiles : row / p.rows(), r = p.spread() ? row / rowTiles : row % p.rows();
        long rowOfTiles = (long) p.columnTiles(k) * p.tileBytes() + p.headBytes();
        long base = switch (scale.where()) {
            case TILE -> p.tileOffset(rowTile, column / p.columns(), m, k);
            case HEAD -> rowTile * rowOfTiles;
            case TAIL -> p.rowTiles(m) * rowOfTiles;
        };
        long bits = 0;
        for (int b = 0; b < scale.type().bytes(); b++)
            bits |= (packed.bytes().get(ValueLayout.JAVA_BYTE, base + scale.place().at(r, column % p.columns()) + b) & 0xffL) << 8 * b;
        return switch (scale.type()) {
            case F16 -> Float.float16ToFloat((short) bits);
            case BF16 -> Float.intBitsToFloat((int) bits << 16);
            case F32 -> Float.intBitsToFloat((int) bits);
            case E8M0 -> (float) Math.pow(2, bits - 127);
        };
    }

    private static int bit(MemorySegment bytes, long tile, int bit) {
        return bytes.get(ValueLayout.JAVA_BYTE, tile + bit / 8) >> bit % 8 & 1;
    }
}
