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

        int first = op.window() == 0 ? 0 : Math.max(0, seen - op.window());
        float[] e = scores(qkv, query, keys, kvHead, first, seen);
        float sum = exponentials(e);
        float[][] rows = new float[e.length][];
        for (int p = 0; p < e.length; p++) rows[p] = CachedRow.read(op.layout(), values, kvHead, first + p);
        for (int j = 0; j < d; j++) {
            float weighted = 0;
            for (int p = 0; p < e.length; p++) weighted = Math.fma(e[p], rows[p][j], weighted);
            y.f32(out + j, weighted / sum);
        }
    }

    private float[] scores(Cells qkv, long query, Cells keys, int kvHead, int first, int seen) {
        float[] scores = new float[seen - first];
        for (int p = 0; p < scores.length; p++) {
            LaneSum dot = new LaneSum();
            float[] key = CachedRow.read(op.layout(), keys, kvHead, first + p);
            for (int j = 0; j < op.headDim(); j++) dot.add(j, key[j], qkv.f32(query + j));
            scores[p] = dot.total() * op.factor();
        }
        return scores;
    }

    /// Replaces each s by `exp(s - max(s))`.
    ///
    /// @return their sum
    private static float exponentials(float[] s) {
        float largest = s[0];
        for (float score : s) largest = Math.max(largest, score);
        LaneSum sum = new LaneSum();
        for (int p = 0; p < s.length; p++) {
            s[p] = Exponential.exp(s[p] - largest);
            sum.add(p, s[p]);
        }
        return sum.total();
    }
}
