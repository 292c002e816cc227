package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// RMS norm, tokens split over the workers.
final class NativeNorm implements Spmd {

    private final Op.Norm op;
    private final Scratch scratch;

    NativeNorm(Op.Norm op, int workers) {
        this.op = op;
        this.scratch = new Scratch(workers, Fold.ROW);
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long row = 4L * op.width(), weight = addresses[1], y = addresses[2];
        long x = addresses[0] + (op.lastOnly() ? (n - 1) * row : 0);
        int tokens = op.lastOnly() ? 1 : n, end = Share.start(tokens, worker + 1, workers);
        for (int i = Share.start(tokens, worker, workers); i < end; i++) {
            float r = inverseRoot(x + i * row, op.width(), op.epsilon(), scratch.of(worker));
            scale(x + i * row, r, weight, op.width(), y + i * row);
        }
    }

    /// `1 / sqrt(sum(x * x) / width + epsilon)`
    ///
    /// @param lanes address of f32 `[16]`, scratch
    static float inverseRoot(long x, int width, float epsilon, long lanes) {
        for (int part = 0; part < Op.LANES; part += COUNT) squares(x, whole(width), part, lanes);
        for (int i = whole(width); i < width; i++) {
            long lane = lanes + 4L * (i % Op.LANES);
            float value = Lanes.f32(x + 4L * i);
            Lanes.f32(lane, Math.fma(value, value, Lanes.f32(lane)));
        }
        return 1f / (float) Math.sqrt(Fold.one(lanes) / width + epsilon);
    }

    private static void squares(long x, int width, int part, long lanes) {
        long xs = x & MASK;
        FloatVector sum = FloatVector.zero(F32);
        for (int i = part; i < width; i += Op.LANES) {
            FloatVector v = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER);
            sum = v.fma(v, sum);
        }
        sum.intoMemorySegment(ALL, lanes + 4L * part, ORDER);
    }

    private static void scale(long x, float r, long weight, int width, long y) {
        long xs = x & MASK, ws = weight & MASK, ys = y & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT)
            fromMemorySegment(F32, ALL, xs + 4L * i, ORDER)
                    .mul(r)
                    .mul(fromMemorySegment(F32, ALL, ws + 4L * i, ORDER))
                    .intoMemorySegment(ALL, ys + 4L * i, ORDER);
        for (; i < width; i++) Lanes.f32(ys + 4L * i, Lanes.f32(xs + 4L * i) * r * Lanes.f32(ws + 4L * i));
    }
}
