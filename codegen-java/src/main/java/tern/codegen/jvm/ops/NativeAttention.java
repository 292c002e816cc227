package tern.codegen.jvm.ops;

import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// Attention. The query heads that share a key-value head are done together, over blocks of [Fold#ROWS] positions, so
/// that each block of the cache is fetched (and widened) once for all of them.
final class NativeAttention implements Spmd {

    private final Op.Attention op;
    /// Query heads that share a key-value head.
    private final int group;
    private final float factor;
    private final CachedRows cache;
    private final Scratch scratch;
    /// By worker and head of a group: the sum of the exponentials.
    private final float[][] sums;
    /// Bytes from one head's scores to the next one's.
    private final long scoresStride;

    NativeAttention(Op.Attention op, int workers) {
        this.op = op;
        this.group = op.heads() / op.kvHeads();
        this.factor = (float) (1 / Math.sqrt(op.headDim()));
        this.sums = new float[workers][group];
        this.cache = CachedRows.of(op.layout());
        this.scoresStride = 4L * Lanes.whole(op.context() + Op.LANES - 1);
        this.scratch = new Scratch(workers, Fold.BYTES + 4L * Fold.ROWS * op.headDim() + group * scoresStride);
    }

    /// Few pieces are split by query heads. Many are dealt out in turn, as later tokens see more.
    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int pieces = op.kvHeads() * n;
        if (pieces >= 4 * workers) {
            for (int piece = worker; piece < pieces; piece += workers)
                attend(worker, addresses, piece / n, piece % n, 0, group, position);
            return;
        }
        int head = Share.start(pieces * group, worker, workers), end = Share.start(pieces * group, worker + 1, workers);
        while (head < end) {
            int piece = head / group, first = head % group, last = Math.min(group, first + end - head);
            attend(worker, addresses, piece / n, piece % n, first, last, position);
            head += last - first;
        }
    }

    /// @param g           key-value head
    /// @param i           token
    /// @param first,last  the query heads of the group that are done, without `last`
    private void attend(int worker, long[] addresses, int g, int i, int first, int last, int position) {
        int seen = position + i + 1, d = op.headDim();
        long head = (long) g * group + first;
        long query = addresses[0] + 4L * (i * (op.heads() + 2L * op.kvHeads()) + head) * d;
        long y = addresses[3] + 4L * ((long) i * op.heads() + head) * d;
        long lanes = scratch.of(worker), block = lanes + Fold.BYTES, scores = block + 4L * Fold.ROWS * d;
        int heads = last - first;

        for (int p = 0; p < seen; p += Fold.ROWS) {
            int count = Math.min(Fold.ROWS, seen - p);
            long keys = cache.read(addresses[1], g, p, count, block);
            for (int h = 0; h < heads; h++)
                Scores.block(keys, count, d, query + 4L * h * d, lanes, scores + h * scoresStride + 4L * p);
        }
        float[] sum = sums[worker];
        for (int h = 0; h < heads; h++) sum[h] = Softmax.exponentials(scores + h * scoresStride, seen, factor, lanes);
        WeightedSum.clear(y, heads * d);
        for (int p = 0; p < seen; p += Fold.ROWS) {
            int count = Math.min(Fold.ROWS, seen - p);
            long values = cache.read(addresses[2], g, p, count, block);
            for (int h = 0; h < heads; h++)
                WeightedSum.add(scores + h * scoresStride + 4L * p, values, count, d, y + 4L * h * d);
        }
        for (int h = 0; h < heads; h++) WeightedSum.divide(y + 4L * h * d, d, sum[h]);
    }
}
