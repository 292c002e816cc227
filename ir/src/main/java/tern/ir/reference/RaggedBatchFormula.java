package tern.ir.reference;

import java.util.ArrayList;
import java.util.List;
import tern.ir.CacheLayout;
import tern.ir.Op;
import tern.ir.device.OpSignature;

/// One token after the other, each with the rows and the cache that are its own.
record RaggedBatchFormula(Op.RaggedBatch op, ReferenceOps.Formula of) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        switch (op.of()) {
            case Op.RopeAppend rope -> cached(rope.layout(), arguments, n);
            case Op.Attention attention -> cached(attention.layout(), arguments, n);
            case Op.TopLogits _ -> {
                for (int i = 0; i < n; i++) {
                    List<Cells> own = new ArrayList<>(arguments);
                    for (int a : new int[] {0, 3, 4}) own.set(a, row(arguments, a, i));
                    of.run(own, 1, position);
                }
            }
            case Op.PerToken _, Op.RaggedBatch _ -> throw new AssertionError(op);
        }
    }

    /// Queries, keys, values, perhaps results; then the places.
    private void cached(CacheLayout layout, List<Cells> arguments, int n) {
        Cells places = arguments.getLast();
        for (int i = 0; i < n; i++) {
            List<Cells> own = new ArrayList<>(arguments.subList(0, arguments.size() - 1));
            for (int a = 0; a < own.size(); a++)
                own.set(a, a == 1 || a == 2
                        ? new Cells(own.get(a).memory().asSlice(places.i32(2L * i) * layout.apart(), layout.bytes()))
                        : row(arguments, a, i));
            of.run(own, 1, places.i32(2L * i + 1));
        }
    }

    /// What token i has of an argument.
    private Cells row(List<Cells> arguments, int argument, int i) {
        long bytes = OpSignature.bytes(op.of(), 1)[argument];
        return new Cells(arguments.get(argument).memory().asSlice(i * bytes, bytes));
    }
}
