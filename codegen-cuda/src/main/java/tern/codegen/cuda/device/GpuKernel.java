package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;

/// A kernel of a card, as the steps that one launch of it takes.
abstract sealed class GpuKernel implements Kernel permits ProgramKernel, OpKernel {

    private final Gpu.Stream stream;
    private final Position position;

    GpuKernel(Gpu.Stream stream, Position position) {
        this.stream = stream;
        this.position = position;
    }

    /// @throws IllegalArgumentException if the buffers or numbers of a launch do not fit
    abstract void check(List<? extends Buffer> arguments, int n, int position);

    /// A program and its arguments.
    record Run(ProgramKernel kernel, List<Buffer> arguments) {
        Run {
            arguments = List.copyOf(arguments);
        }

        Gpu.Step step(int n, int position) {
            return kernel.step(arguments, n, position);
        }
    }

    /// The programs that run for some tokens, in their order, once [#check] has found nothing wrong.
    abstract List<Run> runs(List<? extends Buffer> arguments, int n);

    /// Programs whose number of blocks depends on the position; but for these, the steps are the same at every position.
    abstract Stream<ProgramKernel> moving(int n);

    @Override
    public final void launch(List<? extends Buffer> arguments, int n, int position) {
        check(arguments, n, position);
        this.position.set(position);
        for (Run run : runs(arguments, n)) stream.give(run.step(n, position));
    }

    final Gpu.Argument positionArgument() {
        return position.argument();
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
