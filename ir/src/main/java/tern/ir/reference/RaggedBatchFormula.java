package tern.ir.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import tern.ir.CacheLayout;
import tern.ir.Op;
import tern.ir.device.OpSignature;

/// One token after the other, each with the rows and the cache that are its own.
record RaggedBatchFormula(Op.RaggedBatch op, ReferenceOps.Formula of) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        switch (op.of()) {
            case Op.RopeAppend rope -> cached(rope.layout(), arguments, n);
            case Op.Attention attention -> cached(attention.layout(), arguments, n);
            case Op.TopLogits _ -> {
                for (int i = 0; i < n; i++) {
                    List<Cells> own = new ArrayList<>(arguments);
                    for (int a : new int[] {0, 3, 4}) own.set(a, row(arguments, a, i));
                    of.run(own, 1, position);
                }
            }
            case Op.PerToken _, Op.RaggedBatch _ -> throw new AssertionError(op);
        }
    }

    /// Queries, keys, values, perhaps results; then the places.
    private void cached(CacheLayout layout, List<Cells> arguments, int n) {
        Cells places = places(arguments);
        for (int i = 0; i < n; i++) {
            List<Cells> own = new ArrayList<>(arguments.subList(0, arguments.size() - (op.pages() == 0 ? 1 : 2)));
            for (int a = 0; a < own.size(); a++) own.set(a, a == 1 || a == 2 ? cache(layout, own.get(a), arguments, i) : row(arguments, a, i));
            of.run(own, 1, places.i32(2L * i + 1));
            for (int a = 1; a <= 2 && op.pages() > 0; a++) pages(layout, own.get(a), arguments.get(a), arguments, i, false);
        }
    }

    private Cells cache(CacheLayout layout, Cells all, List<Cells> arguments, int i) {
        if (op.pages() == 0) return new Cells(all.memory().asSlice(places(arguments).i32(2L * i) * layout.apart(), layout.bytes()));
        Cells whole = new Cells(Arena.ofAuto().allocate(layout.bytes()));
        pages(layout, whole, all, arguments, i, true);
        return whole;
    }

    /// Copies what token i sees or writes from pages into a cache, or back.
    private void pages(CacheLayout layout, Cells whole, Cells all, List<Cells> arguments, int i, boolean read) {
        int slot = places(arguments).i32(2L * i), positions = places(arguments).i32(2L * i + 1) + 1, block = Op.Attention.BLOCK;
        for (int p = 0; p < positions; p++) {
            long page = arguments.getLast().i32((long) slot * layout.pages() + p / block) * layout.page().apart();
            for (int head = 0; head < layout.kvHeads(); head++) {
                copy(whole, layout.row(head, p), all, page + layout.page().row(head, p % block), layout.row(0, 1), read);
                if (layout.isScaled()) copy(whole, layout.scale(head, p), all, page + layout.page().scale(head, p % block), 4, read);
            }
        }
    }

    private static void copy(Cells whole, long at, Cells all, long in, long bytes, boolean read) {
        if (read) MemorySegment.copy(all.memory(), in, whole.memory(), at, bytes);
        else MemorySegment.copy(whole.memory(), at, all.memory(), in, bytes);
    }

    private Cells places(List<Cells> arguments) {
        return arguments.get(arguments.size() - (op.pages() == 0 ? 1 : 2));
    }

    /// What token i has of an argument.
    private Cells row(List<Cells> arguments, int argument, int i) {
        long bytes = OpSignature.bytes(op.of(), 1)[argument];
        return new Cells(arguments.get(argument).memory().asSlice(i * bytes, bytes));
    }
}
