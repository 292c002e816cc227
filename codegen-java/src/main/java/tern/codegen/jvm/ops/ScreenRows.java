package tern.codegen.jvm.ops;

import static jdk.incubator.vector.ByteVector.fromMemorySegment;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.B2F;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import tern.ir.Op;

/// Rows of a [tern.ir.Int8Head]: products of i8 with an f32 vector.
final class ScreenRows {

    /// As many lanes as a vector of floats has; or eight, of which the first four count, since no vector of bytes is shorter.
    private static final VectorSpecies<Byte> I8 =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * COUNT)));

    /// Values of a row that one iteration takes. C2 unrolls a shorter body by four, hoists all of its loads, and spills the sums.
    static final int STEP = 2 * Op.LANES;

    private ScreenRows() {}

    /// Products of [Rows#STREAMS] rows with one vector, not yet folded.
    ///
    /// @param rows   address of the first row, i8
    /// @param stride bytes from a row to the next
    /// @param last   index of the last row there is; further products repeat it
    /// @param x      address of f32 `[width]`
    /// @param width  a multiple of [#STEP]
    /// @param lanes  address of f32 `[16]` of the first row (out)
    /// @param apart  bytes from the lanes of a row to those of the next
    static void dots(long rows, long stride, int last, long x, int width, long lanes, long apart) {
        for (int part = 0; part < Op.LANES; part += COUNT) part(rows, stride, last, x, width, part, lanes + 4L * part, apart);
    }

    private static void part(long rows, long stride, int last, long x, int width, int part, long lanes, long apart) {
        long row0 = rows & MASK;
        long row1 = rows + Math.min(1, last) * stride & MASK;
        long row2 = rows + Math.min(2, last) * stride & MASK;
        long row3 = rows + Math.min(3, last) * stride & MASK;
        long row4 = rows + Math.min(4, last) * stride & MASK;
        long row5 = rows + Math.min(5, last) * stride & MASK;
        long row6 = rows + Math.min(6, last) * stride & MASK;
        long row7 = rows + Math.min(7, last) * stride & MASK;
        long xs = x & MASK;
        FloatVector sum0 = FloatVector.zero(F32), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        FloatVector sum4 = sum0, sum5 = sum0, sum6 = sum0, sum7 = sum0;
        for (int i = part; i < width; i += STEP) {
            FloatVector v = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER);
            FloatVector w = fromMemorySegment(F32, ALL, xs + 4L * (i + Op.LANES), ORDER);
            sum0 = ((FloatVector) fromMemorySegment(I8, ALL, row0 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum0);
            sum1 = ((FloatVector) fromMemorySegment(I8, ALL, row1 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum1);
            sum2 = ((FloatVector) fromMemorySegment(I8, ALL, row2 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum2);
            sum3 = ((FloatVector) fromMemorySegment(I8, ALL, row3 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum3);
            sum4 = ((FloatVector) fromMemorySegment(I8, ALL, row4 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum4);
            sum5 = ((FloatVector) fromMemorySegment(I8, ALL, row5 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum5);
            sum6 = ((FloatVector) fromMemorySegment(I8, ALL, row6 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum6);
            sum7 = ((FloatVector) fromMemorySegment(I8, ALL, row7 + i, ORDER).convertShape(B2F, F32, 0)).fma(v, sum7);
            sum0 = ((FloatVector) fromMemorySegment(I8, ALL, row0 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum0);
            sum1 = ((FloatVector) fromMemorySegment(I8, ALL, row1 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum1);
            sum2 = ((FloatVector) fromMemorySegment(I8, ALL, row2 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum2);
            sum3 = ((FloatVector) fromMemorySegment(I8, ALL, row3 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum3);
            sum4 = ((FloatVector) fromMemorySegment(I8, ALL, row4 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum4);
            sum5 = ((FloatVector) fromMemorySegment(I8, ALL, row5 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum5);
            sum6 = ((FloatVector) fromMemorySegment(I8, ALL, row6 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum6);
            sum7 = ((FloatVector) fromMemorySegment(I8, ALL, row7 + i + Op.LANES, ORDER).convertShape(B2F, F32, 0)).fma(w, sum7);
        }
        long out = lanes & MASK;
        sum0.intoMemorySegment(ALL, out, ORDER);
        sum1.intoMemorySegment(ALL, out + apart, ORDER);
        sum2.intoMemorySegment(ALL, out + 2 * apart, ORDER);
        sum3.intoMemorySegment(ALL, out + 3 * apart, ORDER);
        sum4.intoMemorySegment(ALL, out + 4 * apart, ORDER);
        sum5.intoMemorySegment(ALL, out + 5 * apart, ORDER);
        sum6.intoMemorySegment(ALL, out + 6 * apart, ORDER);
        sum7.intoMemorySegment(ALL, out + 7 * apart, ORDER);
    }
}
