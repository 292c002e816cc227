package tern.codegen.cuda.device;

import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.OpSignature;

/// A part of the transformer, written in PTX.
final class OpKernel extends GpuKernel {

    /// What a launch of it runs.
    interface Steps {
        /// @param arguments addresses, in the order of the operation's arguments
        List<Gpu.Step> of(List<Gpu.Argument> arguments, int n, int position);
    }

    private final Op op;
    private final String listing;
    private final Steps steps;

    OpKernel(Gpu.Stream stream, Op op, String listing, Steps steps) {
        super(stream);
        this.op = op;
        this.listing = listing;
        this.steps = steps;
    }

    @Override
    public String name() {
        return OpSignature.name(op);
    }

    @Override
    public String listing() {
        return listing;
    }

    @Override
    List<Gpu.Step> steps(List<? extends Buffer> arguments, int n, int position) {
        OpSignature.check(op, arguments, n, position);
        return steps.of(addresses(arguments), n, position);
    }
}
