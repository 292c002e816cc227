package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import tern.ir.Op;
import tern.ir.RopeTable;

/// Rotary position embedding of one head: pairs (a, b) become `(a * cos - b * sin, b * cos + a * sin)`.
sealed interface Rotation {

    static Rotation of(Op.RopeAppend op) {
        RopeTable table = RopeTable.of(op.context(), op.headDim(), op.theta());
        return switch (op.pairs()) {
            case HALVES -> new Halves(op.headDim(), table.cos(), table.sin());
            case NEIGHBOURS -> Neighbours.of(op.headDim(), table);
        };
    }

    /// @param x address of f32 `[headDim]`
    /// @param y address of f32 `[headDim]` (out), which may be x
    void rotate(long x, long y, int position);

    /// Pairs (i, i + headDim / 2): two vectors, each from its half.
    record Halves(int headDim, float[] cos, float[] sin) implements Rotation {

        @Override
        public void rotate(long x, long y, int position) {
            int pairs = headDim / 2, at = position * pairs;
            long lower = x & MASK, upper = lower + 4L * pairs, out = y & MASK, outUpper = out + 4L * pairs;
            int i = 0;
            for (; i <= pairs - COUNT; i += COUNT) {
                FloatVector a = fromMemorySegment(F32, ALL, lower + 4L * i, ORDER);
                FloatVector b = fromMemorySegment(F32, ALL, upper + 4L * i, ORDER);
                FloatVector c = FloatVector.fromArray(F32, cos, at + i), s = FloatVector.fromArray(F32, sin, at + i);
                a.mul(c).sub(b.mul(s)).intoMemorySegment(ALL, out + 4L * i, ORDER);
                b.mul(c).add(a.mul(s)).intoMemorySegment(ALL, outUpper + 4L * i, ORDER);
            }
            for (; i < pairs; i++) {
                float a = Lanes.f32(lower + 4L * i), b = Lanes.f32(upper + 4L * i);
                Lanes.f32(out + 4L * i, a * cos[at + i] - b * sin[at + i]);
                Lanes.f32(outUpper + 4L * i, b * cos[at + i] + a * sin[at + i]);
            }
        }
    }

    /// Pairs (2i, 2i + 1): one vector and the same with neighbours exchanged, `v * cos + exchanged * sin`.
    ///
    /// @param cos f32 `[context, headDim]`, each twice
    /// @param sin f32 `[context, headDim]`, each twice, first negated
    record Neighbours(int headDim, float[] cos, float[] sin) implements Rotation {

        private static final VectorShuffle<Float> EXCHANGE = VectorShuffle.fromOp(F32, l -> l ^ 1);

        static Neighbours of(int headDim, RopeTable table) {
            float[] cos = new float[2 * table.cos().length], sin = new float[2 * table.sin().length];
            for (int i = 0; i < table.cos().length; i++) {
                cos[2 * i] = cos[2 * i + 1] = table.cos()[i];
                sin[2 * i] = -table.sin()[i];
                sin[2 * i + 1] = table.sin()[i];
            }
            return new Neighbours(headDim, cos, sin);
        }

        @Override
        public void rotate(long x, long y, int position) {
            int at = position * headDim;
            long from = x & MASK, to = y & MASK;
            int i = 0;
            for (; i <= headDim - COUNT; i += COUNT) {
                FloatVector v = fromMemorySegment(F32, ALL, from + 4L * i, ORDER);
                FloatVector c = FloatVector.fromArray(F32, cos, at + i), s = FloatVector.fromArray(F32, sin, at + i);
                v.mul(c).add(v.rearrange(EXCHANGE).mul(s)).intoMemorySegment(ALL, to + 4L * i, ORDER);
            }
            for (; i < headDim; i += 2) {
                float a = Lanes.f32(from + 4L * i), b = Lanes.f32(from + 4L * i + 4);
                Lanes.f32(to + 4L * i, a * cos[at + i] + b * sin[at + i]);
                Lanes.f32(to + 4L * i + 4, b * cos[at + i] + a * sin[at + i + 1]);
            }
        }
    }
}
