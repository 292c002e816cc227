package tern.ir;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;

/// A packing's tile as [Packer] and [PackedMatrix] walk it: every code, and the memory cell that each of its fields lies in.
///
/// A cell is the narrowest machine number that holds any field of the packing, so that one load or store reaches a field.
final class PackedTile {

    private static final ValueLayout.OfShort I16 = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final Packing packing;
    final List<PackedCode> codes;
    /// One for each section.
    final CodeBook[] books;
    /// `[section][field]`.
    private final int[][] fieldBits;
    /// Bytes of a cell: 1, 2, 4 or 8.
    private final int cell;

    PackedTile(Packing packing) {
        this.packing = packing;
        codes = packing.codes();
        books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toArray(CodeBook[]::new);
        fieldBits = packing.sections().stream()
                .map(s -> s.codec().fields().stream().mapToInt(Codec.Field::bits).toArray())
                .toArray(int[][]::new);
        int narrowest = 1;
        for (PackedCode code : codes)
            for (int f = 0; f < code.bits().length; f++)
                while (!fits(code.bits()[f], fieldBits(code, f), narrowest)) narrowest *= 2;
        cell = narrowest;
    }

    private static boolean fits(int bit, int width, int bytes) {
        if (bytes > 8) throw new IllegalArgumentException(String.format(ROOT, "a field of %d bits at bit %d straddles words", width, bit));
        return bit / (8 * bytes) == (bit + width - 1) / (8 * bytes);
    }

    int fieldBits(PackedCode code, int field) {
        return fieldBits[code.section()][field];
    }

    int fieldMask(PackedCode code, int field) {
        return (1 << fieldBits(code, field)) - 1;
    }

    /// Byte in the tile of the cell that holds a field's first bit.
    int cellOffset(int bit) {
        return bit / (8 * cell) * cell;
    }

    int shift(int bit) {
        return bit % (8 * cell);
    }

    long load(MemorySegment bytes, long at) {
        if (cell == 1) return bytes.get(JAVA_BYTE, at);
        if (cell == 2) return bytes.get(I16, at);
        return cell == 4 ? bytes.get(I32, at) : bytes.get(I64, at);
    }

    /// The cells at `at`, `at + stride`, ...
    void load(MemorySegment bytes, long at, long stride, long[] cells, int count) {
        for (int i = 0; i < count; i++, at += stride) cells[i] = load(bytes, at);
    }

    void or(byte[] bytes, int at, long value) {
        if (cell == 1) bytes[at] |= (byte) value;
        else if (cell == 2) SHORTS.set(bytes, at, (short) ((short) SHORTS.get(bytes, at) | value));
        else if (cell == 4) INTS.set(bytes, at, (int) INTS.get(bytes, at) | (int) value);
        else LONGS.set(bytes, at, (long) LONGS.get(bytes, at) | value);
    }

    /// Tiles that are packed or read together: few enough that their bytes and digits stay in the nearest cache.
    int tilesAtOnce() {
        return Math.max(16, (16 << 10) / (packing.tileBytes() + packing.columns()));
    }
}
