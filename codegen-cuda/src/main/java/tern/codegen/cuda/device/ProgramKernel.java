package tern.codegen.cuda.device;

import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// A compiled program. Its position lies in memory, unless its grid depends on that.
final class ProgramKernel extends GpuKernel {

    /// Without this instruction a kernel must not start before the one before it has ended. Source: PTX ISA, griddepcontrol.
    private static final String WAITS = "griddepcontrol.wait";

    private final Program program;
    private final PtxKernel kernel;
    private final Gpu.Function function;
    /// Whether the position was put into memory.
    private final boolean positioned;
    private final boolean overlaps;

    /// @param program  before its position was put into memory
    /// @param overlaps whether the kernel may start early if it knows how to wait
    ProgramKernel(Gpu.Stream stream, Position position, Program program, PtxKernel kernel, Gpu.Function function, boolean overlaps) {
        super(stream, position);
        this.program = program;
        this.kernel = kernel;
        this.function = function;
        positioned = !kernel.program().equals(program);
        this.overlaps = overlaps && kernel.ptx().contains(WAITS);
        for (Program.Scalar scalar : program.scalars())
            if (!scalar.var().name().equals("n") && !Position.isPosition(scalar))
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
    boolean isSteady() {
        return kernel.program().scalars().stream().noneMatch(Position::isPosition);
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        int[] scalars = scalars(program, n, position);
        List<Buf> parameters = program.parameters();
        if (arguments.size() != parameters.size())
            throw new IllegalArgumentException(name() + " takes " + parameters.size() + " buffers, not " + arguments.size());
        for (int i = 0; i < scalars.length; i++) {
            Program.Scalar scalar = program.scalars().get(i);
            if (!scalar.values().contains(scalars[i]))
                throw new IllegalArgumentException("%s: %s = %d is not in %s".formatted(name(), scalar.var(), scalars[i], scalar.values()));
        }
        for (int i = 0; i < parameters.size(); i++) {
            Buf parameter = parameters.get(i);
            // A size that depends on the position is beyond what the kernel in memory can tell; there is none.
            long bytes = (long) kernel.value(parameter.extent(), scalars(kernel.program(), n, position)) * parameter.element().bytes();
            if (arguments.get(i).bytes() < bytes)
                throw new IllegalArgumentException(
                        "%s: %s needs %d bytes and has %d".formatted(name(), parameter, bytes, arguments.get(i).bytes()));
        }
    }

    @Override
    List<Gpu.Step> steps(List<? extends Buffer> arguments, int n, int position) {
        int[] scalars = scalars(kernel.program(), n, position);
        var all = addresses(arguments);
        if (positioned) all.add(positionArgument());
        for (int scalar : scalars) all.add(Gpu.Argument.of(scalar & 0xffff_ffffL));
        var grid = new Gpu.Extent(kernel.blocks(0, scalars), kernel.blocks(1, scalars), kernel.blocks(2, scalars));
        return List.of(new Gpu.Launch(function, grid, Gpu.Extent.of(32 * kernel.warps()), 0, all, overlaps));
    }

    private static int[] scalars(Program program, int n, int position) {
        return program.scalars().stream().mapToInt(scalar -> Position.isPosition(scalar) ? position : n).toArray();
    }

    /// Whether everything around a kernel can be told without the position: blocks, sizes of buffers.
    static boolean isTold(PtxKernel kernel) {
        int[] scalars = scalars(kernel.program(), 1, 0);
        try {
            for (int axis = 0; axis < 3; axis++) kernel.blocks(axis, scalars);
            for (Buf parameter : kernel.program().parameters()) kernel.value(parameter.extent(), scalars);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
