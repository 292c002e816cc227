package tern.ir.reference;

import java.util.List;
import tern.ir.Op;

/// The norm of each head of queries and of keys.
record HeadNormFormula(Op.HeadNorm op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells qkv = arguments.get(0);
        for (int i = 0; i < n; i++)
            for (int h = 0; h < op.heads() + op.kvHeads(); h++) {
                long at = ((long) i * (op.heads() + 2 * op.kvHeads()) + h) * op.headDim();
                float[] a = NormFormula.norm(qkv, at, arguments.get(h < op.heads() ? 1 : 2), op.headDim(), op.epsilon());
                for (int k = 0; k < a.length; k++) qkv.f32(at + k, a[k]);
            }
    }
}
