package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// `s = 127 / max(absmax(a), 1e-5)`, `q = clamp(round_half_even(a * s), -128, 127)`, `scale = 1 / s`
record NormQuantiseFormula(Op.NormQuantise op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), weight = arguments.get(1), q = arguments.get(2), scale = arguments.get(3);
        for (int i = 0; i < n; i++) {
            long at = (long) i * op.width();
            float[] a = NormFormula.norm(x, at, weight, op.width(), op.epsilon());
            QuantiseFormula.quantise(a, op.group(), q, scale, i);
        }
    }
}
