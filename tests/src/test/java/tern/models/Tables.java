package tern.models;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tern.ir.Element;

/// Floats of a model as arrays.
final class Tables {

    private Tables() {}

    static float[] floats(MemorySegment f32) {
        return f32.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    /// Rows of `k`.
    static float[][] rows(Element element, MemorySegment table, int k) {
        int count = Math.toIntExact(table.byteSize() / element.bytes());
        var rows = new float[count / k][k];
        for (int i = 0; i < count; i++)
            rows[i / k][i % k] = switch (element) {
                case F32 -> table.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
                case F16 -> Float.float16ToFloat(table.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
                case BF16 -> Float.intBitsToFloat(table.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16);
                default -> throw new AssertionError(element);
            };
        return rows;
    }
}
