package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import tern.ir.Element;

/// Floating-point numbers as a file has them, little-endian.
///
/// @param element F32, F16 or BF16
record Floats(Element element, MemorySegment data) {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// All of `into`, exactly; `from` counts elements.
    void read(long from, float[] into) {
        switch (element) {
            case F32 -> MemorySegment.copy(data, FLOAT, 4 * from, into, 0, into.length);
            case F16 -> {
                for (int i = 0; i < into.length; i++) into[i] = Float.float16ToFloat(data.get(SHORT, 2 * (from + i)));
            }
            case BF16 -> {
                for (int i = 0; i < into.length; i++) into[i] = Float.intBitsToFloat(data.get(SHORT, 2 * (from + i)) << 16);
            }
            case BOOL, I8, U8, I16, U16, I32, U32, I64, U64 -> throw new IllegalArgumentException("no floats: " + element);
        }
    }

    long count() {
        return data.byteSize() / element.bytes();
    }

    /// A copy of the numbers as f32.
    MemorySegment widened(Arena arena) {
        if (element == Element.F32) return arena.allocate(data.byteSize(), 64).copyFrom(data);
        var values = new float[Math.toIntExact(count())];
        read(0, values);
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    /// The same bytes at a multiple of `alignment`, which not every file keeps.
    static MemorySegment aligned(MemorySegment data, int alignment, Arena arena) {
        return data.address() % alignment == 0 ? data : arena.allocate(data.byteSize(), 64).copyFrom(data);
    }
}
