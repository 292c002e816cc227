package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// `x = x + norm(y)`
record NormAddFormula(Op.NormAdd op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells y = arguments.get(0), weight = arguments.get(1), x = arguments.get(2);
        for (int i = 0; i < n; i++) {
            long at = (long) i * op.width();
            float[] a = NormFormula.norm(y, at, weight, op.width(), op.epsilon());
            for (int k = 0; k < a.length; k++) x.f32(at + k, x.f32(at + k) + a[k]);
        }
    }
}
