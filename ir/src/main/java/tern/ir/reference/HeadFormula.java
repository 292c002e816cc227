package tern.ir.reference;

import java.util.List;
import tern.ir.Element;
import tern.ir.Op;

/// `logits[i, v] = sum(k: table[v, k] * x[i, k])`
record HeadFormula(Op.Head op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), table = arguments.get(1), logits = arguments.get(2);
        int rows = op.lastOnly() ? 1 : n;
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < op.vocabulary(); v++) {
                float logit = dot(table, op.element(), v, x, (long) i * op.width(), op.width());
                logits.f32((long) i * op.vocabulary() + v, logit);
            }
        }
    }

    /// Row `v` of a table with `width` floats of x, from `from` on.
    static float dot(Cells table, Element element, int v, Cells x, long from, int width) {
        LaneSum dot = new LaneSum();
        for (int k = 0; k < width; k++) dot.add(k, table.real(element, (long) v * width + k), x.f32(from + k));
        return dot.total();
    }
}
