package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.MAX;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// The lowest index of the largest value: the value first, then its place. One worker does it, the logits being in its
/// cache or near.
record NativeArgMax(Op.ArgMax op) implements Spmd {

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        if (worker > 0) return;
        long logits = addresses[0] & MASK;
        Lanes.i32(addresses[1], indexOf(largest(logits, op.vocabulary()), logits, op.vocabulary()));
    }

    private static float largest(long x, int count) {
        FloatVector a = FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY), b = a;
        int i = 0;
        for (; i <= count - 2 * COUNT; i += 2 * COUNT) {
            FloatVector v = fromMemorySegment(F32, ALL, x + 4L * i, ORDER);
            FloatVector w = fromMemorySegment(F32, ALL, x + 4L * (i + COUNT), ORDER);
            a = a.blend(v, v.compare(GT, a));
            b = b.blend(w, w.compare(GT, b));
        }
        float largest = a.max(b).reduceLanes(MAX);
        for (; i < count; i++) largest = Math.max(largest, Lanes.f32(x + 4L * i));
        return largest;
    }

    private static int indexOf(float value, long x, int count) {
        int i = firstVectorWith(value, x, count);
        while (i < count - 1 && Lanes.f32(x + 4L * i) != value) i++;
        return i;
    }

    /// @return where the first vector that holds `value` starts, or the elements behind the last whole vector
    private static int firstVectorWith(float value, long x, int count) {
        int i = 0;
        while (i <= count - COUNT && !fromMemorySegment(F32, ALL, x + 4L * i, ORDER).compare(EQ, value).anyTrue()) i += COUNT;
        return i;
    }
}
