package tern.codegen.cuda.ptx;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tern.codegen.cuda.ptx.PtxText.Kind;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.GroupProduct;

/// Statements of [Loop.Group]: bulk copies that complete on mbarriers, and products of four warps.
///
/// Source: PTX ISA, "cp.async.bulk", "mbarrier", "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions".
final class PtxGroups {

    /// Lowest version that multiplies unsigned bytes with signed ones.
    static final String VERSION = "8.4";

    /// Bytes that copies and matrices are aligned to.
    private static final int ALIGNED = 16;

    /// From eight columns to the next, in the descriptor's units of 16 bytes.
    private static final int STRIDE = GroupProduct.COLUMNS * GroupProduct.CHUNK / ALIGNED;

    private final String kernel;
    private final PtxText text;
    private final PtxMemory memory;
    private final PtxValues values;
    private final Multiples multiples;
    private final String laneId;
    /// Whether products have been started since the last batch was closed.
    private boolean open;

    PtxGroups(String kernel, PtxText text, PtxMemory memory, PtxValues values, Multiples multiples, String laneId) {
        this.kernel = kernel;
        this.text = text;
        this.memory = memory;
        this.values = values;
        this.multiples = multiples;
        this.laneId = laneId;
    }

    /// Makes mbarriers of all signals, each for the one arrival of the thread that copies.
    ///
    /// @param thread number in the block
    void begin(Set<Buf> signals, Shape shape, String thread) {
        if (signals.isEmpty()) return;
        String first = text.make(Kind.PREDICATE, "setp.eq.u32", thread, "0");
        for (Buf buffer : signals)
            for (int at = 0; at < shape.bytes(buffer); at += 8)
                text.emitIf(first, "mbarrier.init.shared.b64", "[" + memory.base(buffer) + "+" + at + "]", "1");
        text.emitIf(first, "fence.mbarrier_init.release.cluster");
        text.emit("bar.sync", "0");
    }

    void statement(Loop.Group group) {
        switch (group) {
            case Loop.CopyBulk copy -> copy(copy);
            case Loop.Await(Buf signals, Expr signal, Expr phase) -> await(signals, signal, phase);
            case GroupProduct product -> product(product);
            case Loop.GroupWait(int pending) -> {
                if (open) text.emit("wgmma.commit_group.sync.aligned");
                open = false;
                text.emit("wgmma.wait_group.sync.aligned", Integer.toString(pending));
            }
        }
    }

    private void copy(Loop.CopyBulk copy) {
        int size = copy.to().element().bytes(), bytes = copy.elements() * size;
        require(bytes % ALIGNED == 0 && isAligned(copy.toIndex(), size) && isAligned(copy.fromIndex(), size),
                "a copy that is not of whole 16 bytes");
        require(copy.to().scope() == Buf.Scope.CORE && copy.from().isParameter(), "a copy that is not from global to shared memory");
        String to = memory.place(copy.to(), values.uniform(copy.toIndex())), from = memory.place(copy.from(), values.uniform(copy.fromIndex()));
        String signal = "[" + memory.place(copy.signals(), values.uniform(copy.signal())) + "]";
        String one = text.make(Kind.PREDICATE, "setp.eq.u32", laneId, "0");
        text.emitIf(one, "mbarrier.arrive.expect_tx.shared.b64", "_", signal, Integer.toString(bytes));
        text.emitIf(one, "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes", "[" + to + "]", "[" + from + "]",
                Integer.toString(bytes), signal);
    }

    private void await(Buf signals, Expr signal, Expr phase) {
        String at = "[" + memory.place(signals, values.uniform(signal)) + "]";
        String parity = text.make(Kind.WORD, "and.b32", values.uniform(phase), "1");
        String again = text.label("await"), come = text.register(Kind.PREDICATE);
        text.place(again);
        text.emit("mbarrier.try_wait.parity.shared.b64", come, at, parity);
        text.emitIf("!" + come, "bra", again);
    }

    private void product(GroupProduct product) {
        Buf b = product.b();
        int size = b.element().bytes(), apart = product.apart() * size;
        require(b.scope() == Buf.Scope.CORE && isAligned(product.bIndex(), size) && apart % ALIGNED == 0,
                "columns that are not of whole 16 bytes in shared memory");
        int columns = product.sums().size() * GroupProduct.COLUMNS;
        require(columns <= 256 && (columns <= 32 || columns % 16 == 0), String.format(ROOT, "a product of %d columns", columns));
        var a = product.a().stream().map(values::word).toList();
        String descriptor = descriptor(memory.place(b, values.uniform(product.bIndex())), apart / ALIGNED);
        var sums = new ArrayList<String>();
        for (var sum : product.sums()) sums.addAll(values.get(sum).registers());
        // What was written to operands since the last product is seen by this one.
        if (!open) text.emit("wgmma.fence.sync.aligned");
        open = true;
        boolean signed = product.a().getFirst().type().element().isSigned();
        text.emit(String.format(ROOT, "wgmma.mma_async.sync.aligned.m64n%dk32.s32.%s.s8", columns, signed ? "s8" : "u8"),
                PtxValues.list(sums), PtxValues.list(a), descriptor, "1");
    }

    /// Address and distances in units of 16 bytes, 14 bits each from bits 0, 16 and 32 on; no swizzle. Shared memory has fewer bytes than
    /// the address has room for.
    private String descriptor(String address, int apart) {
        String start = text.make(Kind.WORD, "shr.u32", address, "4");
        String low = text.make(Kind.WORD, "add.u32", start, Integer.toString(apart << 16));
        return text.make(Kind.LONG, "mov.b64", PtxValues.list(List.of(low, Integer.toString(STRIDE))));
    }

    private boolean isAligned(Expr index, int size) {
        return multiples.of(index) * size % ALIGNED == 0;
    }

    private void require(boolean holds, String problem) {
        if (!holds) throw new CompileException(kernel, problem);
    }
}
