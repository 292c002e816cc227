package tern.ir.reference;

import java.util.List;
import tern.ir.Exponential;
import tern.ir.Op;

/// `softmax(q k^T * factor) v`, each head of each token for itself.
record AttentionFormula(Op.Attention op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        for (int i = 0; i < n; i++) for (int h = 0; h < op.heads(); h++) head(arguments, i, h, position + i + 1);
    }

    /// @param seen positions that token i sees
    private void head(List<Cells> arguments, int i, int h, int seen) {
        Cells qkv = arguments.get(0), keys = arguments.get(1), values = arguments.get(2), y = arguments.get(3);
        int d = op.headDim();
        long query = ((long) i * (op.heads() + 2 * op.kvHeads()) + h) * d;
        int kvHead = h / (op.heads() / op.kvHeads());
        long out = ((long) i * op.heads() + h) * d;

        int block = Op.Attention.BLOCK, first = op.window() == 0 ? 0 : Math.max(0, seen - op.window());
        int begin = first / block, blocks = Math.ceilDiv(seen, block);
        float[] e = scores(qkv, query, keys, kvHead, first, seen), tops = new float[blocks], sums = new float[blocks];
        float[][] parts = new float[blocks][d];
        for (int b = begin; b < blocks; b++) {
            int from = Math.max(first, b * block), to = Math.min(seen, (b + 1) * block);
            tops[b] = largest(e, from, to);
            sums[b] = exponentials(e, from, to, tops[b]);
            for (int p = from; p < to; p++) {
                float[] row = CachedRow.read(op.layout(), values, kvHead, p);
                for (int j = 0; j < d; j++) parts[b][j] = Math.fma(e[p], row[j], parts[b][j]);
            }
        }
        float top = largest(tops, begin, blocks), total = 0;
        float[] weighted = new float[d];
        for (int b = begin; b < blocks; b++) {
            float share = Exponential.exp(tops[b] - top);
            total = Math.fma(share, sums[b], total);
            for (int j = 0; j < d; j++) weighted[j] = Math.fma(share, parts[b][j], weighted[j]);
        }
        for (int j = 0; j < d; j++) y.f32(out + j, weighted[j] / total);
    }

    private float[] scores(Cells qkv, long query, Cells keys, int kvHead, int first, int seen) {
        float[] scores = new float[seen];
        for (int p = first; p < seen; p++) {
            LaneSum dot = new LaneSum();
            float[] key = CachedRow.read(op.layout(), keys, kvHead, p);
            for (int j = 0; j < op.headDim(); j++) dot.add(j, key[j], qkv.f32(query + j));
            scores[p] = dot.total() * op.factor();
        }
        return scores;
    }

    private static float largest(float[] s, int from, int to) {
        float largest = s[from];
        for (int p = from; p < to; p++) largest = Math.max(largest, s[p]);
        return largest;
    }

    /// Replaces each s by `exp(s - largest)`.
    ///
    /// @return their sum
    private static float exponentials(float[] s, int from, int to, float largest) {
        LaneSum sum = new LaneSum();
        for (int p = from; p < to; p++) {
            s[p] = Exponential.exp(s[p] - largest);
            sum.add(p % Op.Attention.BLOCK, s[p]);
        }
        return sum.total();
    }
}
