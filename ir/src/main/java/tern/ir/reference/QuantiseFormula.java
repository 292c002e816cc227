package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// `s = 127 / max(absmax(x), 1e-5)`, `q = clamp(round_half_even(x * s), -128, 127)`, `scale = 1 / s`
record QuantiseFormula(Op.Quantise op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), q = arguments.get(1), scale = arguments.get(2);
        float[] a = new float[op.width()];
        for (int i = 0; i < n; i++) {
            long at = (long) i * op.width();
            for (int k = 0; k < a.length; k++) a[k] = x.f32(at + k);
            quantise(a, op.group(), q, scale, i);
        }
    }

    /// Quantises a token; a scale is what one step is worth.
    ///
    /// @param group neighbours that share a scale; 0 = all
    static void quantise(float[] a, int group, Cells q, Cells scale, int token) {
        int size = group == 0 ? a.length : group, groups = Math.ceilDiv(a.length, size);
        for (int g = 0; g < groups; g++) {
            int end = Math.min(a.length, (g + 1) * size);
            float largest = 1e-5f;
            for (int k = g * size; k < end; k++) largest = Math.max(largest, Math.abs(a[k]));
            float s = 127f / largest;
            for (int k = g * size; k < end; k++) q.i8((long) token * a.length + k, (byte) Math.clamp(Math.rint(a[k] * s), -128, 127));
            scale.f32((long) token * groups + g, 1f / s);
        }
    }
}
