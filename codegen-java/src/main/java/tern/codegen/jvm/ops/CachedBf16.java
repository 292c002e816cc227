package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import tern.ir.CacheLayout;

/// Rows of bf16: rounded to nearest, ties to even.
record CachedBf16(CacheLayout layout) implements CachedRows {

    @Override
    public void write(long x, long cache, int kvHead, int position) {
        narrow(x, layout.headDim(), cache + layout.row(kvHead, position));
    }

    @Override
    public long read(long cache, int kvHead, int position, int count, long block) {
        Bf16Rows.ROWS.widen(cache + layout.row(kvHead, position), count * layout.headDim(), block);
        return block;
    }

    private static void narrow(long x, int width, long row) {
        long from = x & MASK, to = row & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT) {
            IntVector bits = fromMemorySegment(F32, ALL, from + 4L * i, ORDER).reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(0x7fff).add(odd).lanewise(VectorOperators.LSHR, 16);
            ((ShortVector) rounded.convertShape(VectorOperators.I2S, Lanes.I16, 0))
                    .intoMemorySegment(ALL, to + 2L * i, Lanes.ORDER);
        }
        for (; i < width; i++) Lanes.i16(to + 2L * i, narrow(Lanes.i32(from + 4L * i)));
    }

    /// Just below half an ulp is added, and the last bit that stays.
    private static short narrow(int bits) {
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
