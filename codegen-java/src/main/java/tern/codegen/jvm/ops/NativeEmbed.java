package tern.codegen.jvm.ops;

import java.util.Objects;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// Rows of a table, tokens split over the workers.
final class NativeEmbed implements Spmd {

    private final Op.Embed op;
    private final Rows rows;

    NativeEmbed(Op.Embed op) {
        this.op = op;
        this.rows = Rows.of(op.element());
    }

    /// @throws IndexOutOfBoundsException if a token is not in the vocabulary
    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long tokens = addresses[0], table = addresses[1], x = addresses[2];
        int end = Share.start(n, worker + 1, workers);
        for (int i = Share.start(n, worker, workers); i < end; i++) {
            long row = Objects.checkIndex(Lanes.i32(tokens + 4L * i), op.vocabulary());
            rows.widen(table + row * op.width() * op.element().bytes(), op.width(), x + 4L * i * op.width());
        }
    }
}
