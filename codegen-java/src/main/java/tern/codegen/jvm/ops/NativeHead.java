package tern.codegen.jvm.ops;

import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Element;
import tern.ir.Op;

/// All rows of a table against each token, rows split over the workers in blocks of [Fold#ROWS]. A block serves all
/// tokens before the next one is read, so the table is streamed once a launch; for more than one token it is widened first.
final class NativeHead implements Spmd {

    private final Op.Head op;
    private final Rows table;
    private final Scratch scratch;

    NativeHead(Op.Head op, int workers) {
        this.op = op;
        this.table = Rows.of(op.element());
        this.scratch = new Scratch(workers, Fold.BYTES + Fold.ROW + 4L * Fold.ROWS * op.width());
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int tokens = op.lastOnly() ? 1 : n, blocks = (op.vocabulary() + Fold.ROWS - 1) / Fold.ROWS;
        int end = Share.start(blocks, worker + 1, workers);
        for (int b = Share.start(blocks, worker, workers); b < end; b++)
            block(b * Fold.ROWS, tokens, addresses, scratch.of(worker));
    }

    private void block(int v, int tokens, long[] addresses, long scratch) {
        int count = Math.min(Fold.ROWS, op.vocabulary() - v);
        long rows = addresses[1] + (long) v * op.width() * op.element().bytes(), widened = scratch + Fold.BYTES + Fold.ROW;
        boolean widen = tokens > 1 && op.element() != Element.F32;
        if (widen) table.widen(rows, count * op.width(), widened);
        for (int i = 0; i < tokens; i++) {
            long x = addresses[0] + 4L * i * op.width(), logits = addresses[2] + 4L * ((long) i * op.vocabulary() + v);
            if (widen) dots(F32Rows.ROWS, widened, 4, count, x, scratch);
            else dots(table, rows, op.element().bytes(), count, x, scratch);
            if (count == Fold.ROWS) Fold.sixteen(scratch, logits);
            else foldSome(scratch, count, logits);
        }
    }

    private void dots(Rows matrix, long rows, int bytes, int count, long x, long lanes) {
        long stride = (long) op.width() * bytes;
        for (int r = 0; r < count; r += Rows.STREAMS)
            matrix.dots(rows + r * stride, stride, count - 1 - r, x, op.width(), lanes + (long) r * Fold.ROW);
    }

    private static void foldSome(long lanes, int count, long logits) {
        for (int r = 0; r < count; r++) Lanes.f32(logits + 4L * r, Fold.one(lanes + (long) r * Fold.ROW));
    }
}
