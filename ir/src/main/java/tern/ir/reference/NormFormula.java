package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// `r = 1 / sqrt(sum(x * x) / width + epsilon)`, `y = (x * r) * weight`
record NormFormula(Op.Norm op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), weight = arguments.get(1), y = arguments.get(2);
        int first = op.lastOnly() ? n - 1 : 0;
        for (int i = first; i < n; i++) {
            float[] a = norm(x, (long) i * op.width(), weight, op.width(), op.epsilon());
            for (int k = 0; k < a.length; k++) y.f32((long) (i - first) * op.width() + k, a[k]);
        }
    }

    /// @param at where the row of x starts, in elements
    /// @param weight of each element
    static float[] norm(Cells x, long at, Cells weight, int width, float epsilon) {
        LaneSum squares = new LaneSum();
        for (int k = 0; k < width; k++) squares.add(k, x.f32(at + k), x.f32(at + k));
        // The square root of a double, rounded to f32, is the correctly rounded root of an f32 (Figueroa, 1995).
        float r = 1f / (float) Math.sqrt(squares.total() / width + epsilon);
        float[] y = new float[width];
        for (int k = 0; k < width; k++) y[k] = x.f32(at + k) * r * weight.f32(k);
        return y;
    }
}
