package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// The lowest index of the largest value.
record ArgMaxFormula(Op.ArgMax op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells logits = arguments.get(0);
        int best = 0;
        for (int v = 1; v < op.vocabulary(); v++) if (logits.f32(v) > logits.f32(best)) best = v;
        arguments.get(1).i32(0, best);
    }
}
