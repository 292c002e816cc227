package tern.codegen.jvm.ops;

import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// Attention. The query heads that share a key-value head, of several tokens, are done together, over blocks of [Fold#ROWS]
/// positions: each block of the cache is fetched (and widened) once for all of them, and stays in the nearest cache meanwhile.
final class NativeAttention implements Spmd {

    /// Tokens that share a pass over the cache.
    private static final int TOKENS = 8;

    private final Op.Attention op;
    /// Query heads that share a key-value head.
    private final int group;
    private final float factor;
    private final CachedRows cache;
    private final Scratch scratch;
    /// By worker, token and head of a group: the sum of the exponentials.
    private final float[][] sums;
    /// Bytes from one head's scores to the next one's.
    private final long scoresStride;

    NativeAttention(Op.Attention op, int workers) {
        this.op = op;
        this.group = op.heads() / op.kvHeads();
        this.factor = (float) (1 / Math.sqrt(op.headDim()));
        this.sums = new float[workers][TOKENS * group];
        this.cache = CachedRows.of(op.layout());
        this.scoresStride = 4L * Lanes.whole(op.context() + Op.LANES - 1);
        this.scratch = new Scratch(workers, Scores.BYTES + 4L * Fold.ROWS * op.headDim() + scoresStride * TOKENS * group);
    }

    /// Few pieces are split by query heads. Many are dealt out in turn, as later tokens see more.
    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int blocks = Math.ceilDiv(n, TOKENS), pieces = op.kvHeads() * blocks;
        if (pieces >= 4 * workers) {
            for (int piece = worker; piece < pieces; piece += workers) {
                int from = piece / op.kvHeads() * TOKENS;
                attend(worker, addresses, piece % op.kvHeads(), from, Math.min(n, from + TOKENS), 0, group, position);
            }
            return;
        }
        int head = Share.start(pieces * group, worker, workers), end = Share.start(pieces * group, worker + 1, workers);
        while (head < end) {
            int piece = head / group, first = head % group, last = Math.min(group, first + end - head);
            int from = piece / op.kvHeads() * TOKENS;
            attend(worker, addresses, piece % op.kvHeads(), from, Math.min(n, from + TOKENS), first, last, position);
            head += last - first;
        }
    }

    /// @param g          key-value head
    /// @param from,to    the tokens that are done, without `to`
    /// @param first,last the query heads of the group that are done, without `last`
    private void attend(int worker, long[] addresses, int g, int from, int to, int first, int last, int position) {
        int d = op.headDim(), heads = last - first, seen = position + to;
        long lanes = scratch.of(worker), block = lanes + Scores.BYTES, scores = block + 4L * Fold.ROWS * d;
        long head = (long) g * group + first, token = scoresStride * group;
        long queryStride = 4L * (op.heads() + 2L * op.kvHeads()) * d, yStride = 4L * op.heads() * d;
        long queries = addresses[0] + 4L * head * d, y = addresses[3] + 4L * head * d;

        for (int p = 0; p < seen; p += Fold.ROWS) {
            long keys = cache.read(addresses[1], g, p, Math.min(Fold.ROWS, seen - p), block);
            for (int i = from; i < to; i++) {
                int count = Math.min(Fold.ROWS, position + i + 1 - p);
                if (count > 0)
                    Scores.block(keys, count, d, queries + i * queryStride, heads, lanes, scores + (i - from) * token + 4L * p, scoresStride);
            }
        }
        float[] sum = sums[worker];
        for (int i = from; i < to; i++) {
            for (int h = 0; h < heads; h++)
                sum[(i - from) * heads + h] = Softmax.exponentials(
                        scores + (i - from) * token + h * scoresStride, position + i + 1, factor, lanes);
            WeightedSum.clear(y + i * yStride, heads * d);
        }
        for (int p = 0; p < seen; p += Fold.ROWS) {
            long values = cache.read(addresses[2], g, p, Math.min(Fold.ROWS, seen - p), block);
            for (int i = from; i < to; i++) {
                int count = Math.min(Fold.ROWS, position + i + 1 - p);
                if (count > 0)
                    WeightedSum.add(scores + (i - from) * token + 4L * p, scoresStride, values, count, d, heads, y + i * yStride);
            }
        }
        for (int i = from; i < to; i++)
            for (int h = 0; h < heads; h++) WeightedSum.divide(y + i * yStride + 4L * h * d, d, sum[(i - from) * heads + h]);
    }
}
