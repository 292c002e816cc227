package tern.ir.reference;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Op;

/// All logits, sorted; the int8 head is not looked at.
record TopLogitsFormula(Op.TopLogits op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells x = arguments.get(0), table = arguments.get(1), rows = arguments.get(3), largest = arguments.get(4);
        float[] logits = new float[op.vocabulary()];
        for (int v = 0; v < logits.length; v++) logits[v] = HeadFormula.dot(table, op.element(), v, x, 0, op.width());
        Comparator<Integer> falling = (v, w) -> logits[v] > logits[w] ? -1 : logits[v] < logits[w] ? 1 : 0;
        List<Integer> best = IntStream.range(0, logits.length).boxed().sorted(falling).limit(op.count()).toList();
        for (int i = 0; i < op.count(); i++) {
            rows.i32(i, best.get(i));
            largest.f32(i, logits[best.get(i)]);
        }
    }
}
