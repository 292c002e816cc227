package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import tern.ir.Element;

/// f32 to the element of a cache.
final class Narrow {

    private Narrow() {}

    /// @param element F32 or BF16
    /// @param x       address of f32 `[width]`
    /// @param row     address of `element[width]` (out)
    static void row(Element element, long x, int width, long row) {
        if (element == Element.BF16) bf16(x, width, row);
        else MemorySegment.copy(ALL, x, ALL, row, 4L * width);
    }

    private static void bf16(long x, int width, long row) {
        long from = x & MASK, to = row & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT) {
            IntVector bits = fromMemorySegment(F32, ALL, from + 4L * i, ORDER).reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(0x7fff).add(odd).lanewise(VectorOperators.LSHR, 16);
            ((ShortVector) rounded.convertShape(VectorOperators.I2S, Lanes.I16, 0))
                    .intoMemorySegment(ALL, to + 2L * i, Lanes.ORDER);
        }
        for (; i < width; i++) Lanes.i16(to + 2L * i, bf16(Lanes.i32(from + 4L * i)));
    }

    /// To nearest, ties to even: just below half an ulp is added, and the last bit that stays.
    private static short bf16(int bits) {
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
