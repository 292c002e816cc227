package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;

/// A kernel of a card, as the steps that one launch of it takes.
abstract sealed class GpuKernel implements Kernel permits ProgramKernel, OpKernel {

    private final Gpu.Stream stream;

    GpuKernel(Gpu.Stream stream) {
        this.stream = stream;
    }

    /// @throws IllegalArgumentException if the buffers or numbers of a launch do not fit
    abstract List<Gpu.Step> steps(List<? extends Buffer> arguments, int n, int position);

    @Override
    public final void launch(List<? extends Buffer> arguments, int n, int position) {
        for (Gpu.Step step : steps(arguments, n, position)) stream.give(step);
    }

    /// Addresses, checked to be of a card.
    final List<Gpu.Argument> addresses(List<? extends Buffer> arguments) {
        var addresses = new ArrayList<Gpu.Argument>();
        for (Buffer argument : arguments) {
            if (!(argument instanceof GpuBuffer buffer))
                throw new IllegalArgumentException(name() + ": buffer " + addresses.size() + " belongs to another device");
            addresses.add(Gpu.Argument.of(buffer.address()));
        }
        return addresses;
    }
}
