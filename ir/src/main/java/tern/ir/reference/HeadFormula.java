package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// `logits[i, v] = sum(k: table[v, k] * x[i, k])`
record HeadFormula(Op.Head op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), table = arguments.get(1), logits = arguments.get(2);
        int rows = op.lastOnly() ? 1 : n;
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < op.vocabulary(); v++) {
                LaneSum dot = new LaneSum();
                for (int k = 0; k < op.width(); k++)
                    dot.add(k, table.real(op.element(), (long) v * op.width() + k), x.f32((long) i * op.width() + k));
                logits.f32((long) i * op.vocabulary() + v, dot.total());
            }
        }
    }
}
