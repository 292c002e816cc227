package tern.ir.reference;

import java.util.List;
import java.util.Objects;
import tern.ir.Op;

/// `x[i] = table[tokens[i]] * factor`
record EmbedFormula(Op.Embed op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells tokens = arguments.get(0), table = arguments.get(1), x = arguments.get(2);
        for (int i = 0; i < n; i++) {
            long row = Objects.checkIndex(tokens.i32(i), op.vocabulary());
            for (int k = 0; k < op.width(); k++)
                x.f32((long) i * op.width() + k, table.real(op.element(), row * op.width() + k) * op.factor());
        }
    }
}
