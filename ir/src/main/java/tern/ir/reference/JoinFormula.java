package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// Queries, keys and values side by side.
record JoinFormula(Op.Join op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        long all = op.q() + 2L * op.kv();
        for (int i = 0; i < n; i++) {
            copy(arguments.get(0), i, op.q(), arguments.get(3), i * all);
            copy(arguments.get(1), i, op.kv(), arguments.get(3), i * all + op.q());
            copy(arguments.get(2), i, op.kv(), arguments.get(3), i * all + op.q() + op.kv());
        }
    }

    private static void copy(Cells from, int row, int width, Cells to, long at) {
        for (int k = 0; k < width; k++) to.f32(at + k, from.f32((long) row * width + k));
    }
}
