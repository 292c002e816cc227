package tern.codegen.jvm.ops;

import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// Rotation of queries and keys, keys and values to the cache: the heads of all tokens split over the workers.
final class NativeRopeAppend implements Spmd {

    private final Op.RopeAppend op;
    private final Rotation rotation;
    private final CachedRows cache;
    private final Scratch scratch;

    NativeRopeAppend(Op.RopeAppend op, int workers) {
        this.op = op;
        this.rotation = Rotation.of(op);
        this.cache = CachedRows.of(op.layout());
        this.scratch = new Scratch(workers, 4L * op.headDim());
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int perToken = op.heads() + op.kvHeads();
        long row = 4L * (op.heads() + 2 * op.kvHeads()) * op.headDim();
        int end = Share.start(n * perToken, worker + 1, workers);
        for (int piece = Share.start(n * perToken, worker, workers); piece < end; piece++) {
            int i = piece / perToken, h = piece % perToken;
            long head = addresses[0] + i * row + 4L * h * op.headDim();
            if (h < op.heads()) rotation.rotate(head, head, position + i);
            else append(head, addresses, h - op.heads(), position + i, scratch.of(worker));
        }
    }

    private void append(long key, long[] addresses, int g, int position, long rotated) {
        long value = key + 4L * op.kvHeads() * op.headDim();
        rotation.rotate(key, rotated, position);
        cache.write(rotated, addresses[1], g, position);
        cache.write(value, addresses[2], g, position);
    }
}
