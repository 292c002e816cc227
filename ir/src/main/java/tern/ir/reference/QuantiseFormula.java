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
            scale.f32(i, quantise(a, q, at));
        }
    }

    /// Quantises one token and returns what one step of it is worth.
    ///
    /// @param at where the row of q starts, in elements
    static float quantise(float[] a, Cells q, long at) {
        float largest = 1e-5f;
        for (float value : a) largest = Math.max(largest, Math.abs(value));
        float s = 127f / largest;
        for (int k = 0; k < a.length; k++) q.i8(at + k, (byte) Math.clamp(Math.rint(a[k] * s), -128, 127));
        return 1f / s;
    }
}
