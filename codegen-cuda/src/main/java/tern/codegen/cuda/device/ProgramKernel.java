package tern.codegen.cuda.device;

import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// A compiled program.
final class ProgramKernel extends GpuKernel {

    private final PtxKernel kernel;
    private final Gpu.Function function;

    ProgramKernel(Gpu.Stream stream, PtxKernel kernel, Gpu.Function function) {
        super(stream);
        this.kernel = kernel;
        this.function = function;
        for (Program.Scalar scalar : kernel.program().scalars())
            if (!scalar.var().name().equals("n") && !scalar.var().name().equals("position"))
                throw new CompileException(kernel.name(), "a launch passes n and position, not " + scalar.var());
    }

    @Override
    public String name() {
        return kernel.name();
    }

    @Override
    public String listing() {
        return kernel.ptx();
    }

    @Override
    List<Gpu.Step> steps(List<? extends Buffer> arguments, int n, int position) {
        Program program = kernel.program();
        int[] scalars = new int[program.scalars().size()];
        for (int i = 0; i < scalars.length; i++) {
            var scalar = program.scalars().get(i);
            scalars[i] = scalar.var().name().equals("n") ? n : position;
            if (!scalar.values().contains(scalars[i]))
                throw new IllegalArgumentException("%s: %s = %d is not in %s".formatted(name(), scalar.var(), scalars[i], scalar.values()));
        }
        check(arguments, scalars);
        var all = addresses(arguments);
        for (int scalar : scalars) all.add(Gpu.Argument.of(scalar & 0xffff_ffffL));
        var grid = new Gpu.Extent(kernel.blocks(0, scalars), kernel.blocks(1, scalars), kernel.blocks(2, scalars));
        return List.of(new Gpu.Launch(function, grid, Gpu.Extent.of(32 * kernel.warps()), 0, all));
    }

    private void check(List<? extends Buffer> arguments, int[] scalars) {
        List<Buf> parameters = kernel.program().parameters();
        if (arguments.size() != parameters.size())
            throw new IllegalArgumentException(name() + " takes " + parameters.size() + " buffers, not " + arguments.size());
        for (int i = 0; i < parameters.size(); i++) {
            Buf parameter = parameters.get(i);
            long bytes = (long) kernel.value(parameter.extent(), scalars) * parameter.element().bytes();
            if (arguments.get(i).bytes() < bytes)
                throw new IllegalArgumentException(
                        "%s: %s needs %d bytes and has %d".formatted(name(), parameter, bytes, arguments.get(i).bytes()));
        }
    }
}
