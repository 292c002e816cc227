package tern.codegen.jvm.ops;

import static jdk.incubator.vector.ByteVector.fromMemorySegment;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.MAX;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.I32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import tern.ir.CacheLayout;

/// Rows of i8 with a scale each.
record CachedI8(CacheLayout layout) implements CachedRows {

    /// As many lanes as a vector of floats, or the least there are.
    private static final VectorSpecies<Byte> I8 = VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * COUNT)));

    /// A vector of bytes has as many lanes as one of floats: it can be stored without touching what follows.
    private static final boolean STORABLE = I8.length() == COUNT;

    @Override
    public void write(long x, long cache, int kvHead, int position) {
        int width = layout.headDim();
        float largest = largest(x, width);
        Lanes.f32(cache + layout.scale(kvHead, position), largest / CacheLayout.LARGEST);
        quantise(x, width, largest == 0 ? 0 : CacheLayout.LARGEST / largest, cache + layout.row(kvHead, position));
    }

    @Override
    public long read(long cache, int kvHead, int position, int count, long block) {
        int width = layout.headDim();
        long row = cache + layout.row(kvHead, position), scale = cache + layout.scale(kvHead, position);
        for (int p = 0; p < count; p++) widen(row + (long) p * width, width, Lanes.f32(scale + 4L * p), block + 4L * p * width);
        return block;
    }

    private static float largest(long x, int width) {
        long from = x & MASK;
        FloatVector largest = FloatVector.zero(F32);
        int i = 0;
        for (; i <= width - COUNT; i += COUNT) largest = fromMemorySegment(F32, ALL, from + 4L * i, ORDER).abs().max(largest);
        float result = largest.reduceLanes(MAX);
        for (; i < width; i++) result = Math.max(result, Math.abs(Lanes.f32(from + 4L * i)));
        return result;
    }

    private static void quantise(long x, int width, float factor, long row) {
        long from = x & MASK, to = row & MASK;
        int i = 0;
        if (STORABLE)
            for (; i <= width - COUNT; i += COUNT)
                ((ByteVector) fromMemorySegment(F32, ALL, from + 4L * i, ORDER).mul(factor).add(CacheLayout.ROUND)
                                .reinterpretAsInts().convertShape(I2B, I8, 0))
                        .intoMemorySegment(ALL, to + i, ORDER);
        for (; i < width; i++) ALL.set(ValueLayout.JAVA_BYTE, to + i, CacheLayout.quantised(Lanes.f32(from + 4L * i), factor));
    }

    private static void widen(long row, int width, float scale, long out) {
        long from = row & MASK, to = out & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT)
            ((FloatVector) fromMemorySegment(I8, ALL, from + i, ORDER).convertShape(B2I, I32, 0).convert(I2F, 0)).mul(scale)
                    .intoMemorySegment(ALL, to + 4L * i, ORDER);
        for (; i < width; i++) Lanes.f32(to + 4L * i, ALL.get(ValueLayout.JAVA_BYTE, from + i) * scale);
    }
}
