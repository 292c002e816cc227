package tern.codegen.jvm.device;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import tern.ir.CacheLayout;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.OpSignature;

/// An operation: its program, with the tables that nobody passes.
final class OpKernel extends CpuKernel {

    private final Op op;
    private final ProgramKernel program;
    private final String schedule;
    /// Kept alive.
    private final List<CpuBuffer> tables;

    OpKernel(Op op, ProgramKernel program, List<CpuBuffer> tables, String schedule) {
        super(OpSignature.name(op), program.team(), program.body(), OpSignature.bytes(op, 1).length,
                LongStream.concat(tables.stream().mapToLong(CpuBuffer::address), LongStream.of(program.own())).toArray());
        this.op = op;
        this.program = program;
        this.schedule = schedule;
        this.tables = tables;
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        OpSignature.check(op, arguments, n, position);
        checkAgain(arguments, n, position);
    }

    @Override
    void checkAgain(List<? extends Buffer> arguments, int n, int position) {
        OpSignature.checkContext(op, n, position);
        program.scalars(n, position);
        switch (op) {
            case Op.Embed embed -> inside(arguments, 0, n, 1, 0, embed.vocabulary());
            case Op.RaggedBatch(Op.RopeAppend rope, int slots, _) -> places(arguments, 3, n, slots, rope.layout());
            case Op.RaggedBatch(Op.Attention attention, int slots, _) -> places(arguments, 4, n, slots, attention.layout());
            case Op.PerToken _, Op.RaggedBatch _, Op.RopeAppend _, Op.Attention _, Op.TopLogits _ -> {}
        }
    }

    private void places(List<? extends Buffer> arguments, int number, int n, int slots, CacheLayout layout) {
        inside(arguments, number, n, 2, 0, slots);
        inside(arguments, number, n, 2, 1, layout.context());
    }

    /// Indices that a program reads from memory and follows.
    private void inside(List<? extends Buffer> arguments, int number, int n, int apart, int first, int length) {
        var indices = buffer(arguments, number).segment();
        for (int i = 0; i < n; i++) Objects.checkIndex(indices.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, (long) i * apart + first), length);
    }

    @Override
    int slices() {
        return program.slices();
    }

    /// Bytes of its tables.
    long tableBytes() {
        return tables.stream().mapToLong(CpuBuffer::bytes).sum();
    }

    @Override
    public String schedule() {
        return schedule;
    }

    @Override
    public String listing() {
        return program.listing();
    }
}
