package tern.codegen.jvm.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;
import tern.ir.device.OpSignature;

/// Tokens of several sequences, one sequence after the other: all workers share each of them. What is written for a token is read for none
/// of the others, so no barrier stands between.
final class NativeEach implements Spmd {

    private final Op.RaggedBatch op;
    private final Spmd of;
    /// Bytes from a token's share of an argument to the next one's, 0 if all see the same.
    private final long[] apart;
    /// Bytes from a cache to the next.
    private final long cache;
    private final int context;
    /// By worker: the addresses that a token's run is given.
    private final long[][] own;

    private NativeEach(Op.RaggedBatch op, Spmd of, long cache, int context, int workers) {
        this.op = op;
        this.of = of;
        this.cache = cache;
        this.context = context;
        apart = OpSignature.bytes(op.of(), 1);
        for (int shared : new int[] {1, 2}) apart[shared] = 0;
        own = new long[workers][apart.length];
    }

    static @Nullable Spmd of(Op.RaggedBatch op, int workers) {
        if (op.of() instanceof Op.TopLogits top) return new NativeTopLogits(top, op.slots(), workers);
        Spmd of = NativeOps.of(op.of(), workers);
        if (of == null) return null;
        return switch (op.of()) {
            case Op.RopeAppend rope -> new NativeEach(op, of, rope.layout().apart(), rope.context(), workers);
            case Op.Attention attention -> new NativeEach(op, of, attention.layout().apart(), attention.context(), workers);
            case Op.Embed _, Op.NormQuantise _, Op.Quantise _, Op.Norm _, Op.Head _, Op.TopLogits _, Op.RaggedBatch _ -> null;
        };
    }

    /// @throws IndexOutOfBoundsException if a place is none
    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long[] mine = own[worker];
        for (int i = 0, run; i < n; i += run) {
            for (int a = 0; a < mine.length; a++) mine[a] = addresses[a] + i * apart[a];
            long place = addresses[mine.length] + 8L * i;
            int slot = Objects.checkIndex(Lanes.i32(place), op.slots()), before = Objects.checkIndex(Lanes.i32(place + 4), context);
            run = run(place, slot, before, n - i);
            for (int a = 1; a <= 2; a++) mine[a] += slot * cache;
            of.run(worker, workers, team, mine, run, before);
        }
    }

    /// Tokens that follow each other in one sequence: they share what is read of its cache, and get the same bits.
    private int run(long place, int slot, int before, int most) {
        int run = 1;
        while (run < most && before + run < context && Lanes.i32(place + 8L * run) == slot && Lanes.i32(place + 8L * run + 4) == before + run)
            run++;
        return run;
    }
}
