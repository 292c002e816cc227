package tern.codegen.jvm.device;

import java.util.List;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.OpSignature;

/// An operation written by hand.
final class OpKernel extends CpuKernel {

    private final Op op;

    OpKernel(Op op, Team team, Spmd body) {
        super(OpSignature.name(op), team, body, OpSignature.bytes(op, 1).length);
        this.op = op;
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        OpSignature.check(op, arguments, n, position);
    }

    /// All but the head are small.
    @Override
    int slices() {
        Op one = op instanceof Op.RaggedBatch(Op of, _) ? of : op;
        return one instanceof Op.Head || one instanceof Op.TopLogits ? 1024 : 1;
    }

    @Override
    public String listing() {
        return name() + ": " + body().getClass().getName() + ", written by hand\n";
    }
}
