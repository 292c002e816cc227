package tern.ir.reference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import tern.ir.Element;

/// An argument of an operation, read and written by element; every access is checked.
record Cells(MemorySegment memory) {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    float f32(long index) {
        return memory.get(FLOAT, index * Float.BYTES);
    }

    int i32(long index) {
        return memory.get(INT, index * Integer.BYTES);
    }

    /// An f32, f16 or bf16, widened.
    float real(Element element, long index) {
        return element == Element.F32
                ? f32(index)
                : Numbers.ofFloatBits(element, memory.get(SHORT, index * Short.BYTES) & 0xffff);
    }

    void f32(long index, float value) {
        memory.set(FLOAT, index * Float.BYTES, value);
    }

    void i32(long index, int value) {
        memory.set(INT, index * Integer.BYTES, value);
    }

    byte i8(long index) {
        return memory.get(ValueLayout.JAVA_BYTE, index);
    }

    void i8(long index, byte value) {
        memory.set(ValueLayout.JAVA_BYTE, index, value);
    }

    /// Rounds to an f32, f16 or bf16, ties to even.
    void real(Element element, long index, float value) {
        if (element == Element.F32) f32(index, value);
        else memory.set(SHORT, index * Short.BYTES, (short) Numbers.floatBits(element, value));
    }
}
