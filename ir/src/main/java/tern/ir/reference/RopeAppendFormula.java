package tern.ir.reference;

import java.util.List;
import tern.ir.Op;
import tern.ir.RopeTable;

/// Rotates queries in place and keys on their way to the cache; values follow as they are.
record RopeAppendFormula(Op.RopeAppend op, RopeTable table) implements ReferenceOps.Formula {

    RopeAppendFormula(Op.RopeAppend op) {
        this(op, RopeTable.of(op.context(), op.headDim(), op.angles()));
    }

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        Cells qkv = arguments.get(0), keys = arguments.get(1), values = arguments.get(2);
        int d = op.headDim();
        for (int i = 0; i < n; i++) {
            long first = (long) i * (op.heads() + 2 * op.kvHeads()) * d;
            for (int h = 0; h < op.heads(); h++) {
                float[] query = rotate(qkv, first + (long) h * d, position + i);
                for (int j = 0; j < d; j++) qkv.f32(first + (long) h * d + j, query[j]);
            }
            for (int g = 0; g < op.kvHeads(); g++) {
                long key = first + (long) (op.heads() + g) * d, value = key + (long) op.kvHeads() * d;
                float[] row = new float[d];
                for (int j = 0; j < d; j++) row[j] = qkv.f32(value + j);
                CachedRow.write(op.layout(), keys, g, position + i, rotate(qkv, key, position + i));
                CachedRow.write(op.layout(), values, g, position + i, row);
            }
        }
    }

    private float[] rotate(Cells x, long at, int position) {
        int pairs = op.headDim() / 2;
        float[] y = new float[op.headDim()];
        for (int i = 0; i < pairs; i++) {
            int first = switch (op.pairs()) {
                case HALVES -> i;
                case NEIGHBOURS -> 2 * i;
            };
            int second = switch (op.pairs()) {
                case HALVES -> i + pairs;
                case NEIGHBOURS -> 2 * i + 1;
            };
            float a = x.f32(at + first), b = x.f32(at + second);
            float cos = table.cos()[position * pairs + i], sin = table.sin()[position * pairs + i];
            y[first] = a * cos - b * sin;
            y[second] = b * cos + a * sin;
        }
        return y;
    }
}
