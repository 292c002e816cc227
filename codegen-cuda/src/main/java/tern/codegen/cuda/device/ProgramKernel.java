package tern.codegen.cuda.device;

import static java.util.Locale.ROOT;

import java.util.List;
import java.util.stream.Stream;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;

/// A compiled program. Its position lies in memory; where the number of blocks depends on it as well, that is told beforehand.
final class ProgramKernel extends GpuKernel {

    /// Without this instruction a kernel must not start before the one before it has ended. Source: PTX ISA, griddepcontrol.
    private static final String WAITS = "griddepcontrol.wait";

    private final PtxKernel kernel;
    private final Gpu.Function function;
    /// Whether the position was put into memory.
    private final boolean positioned;
    private final boolean overlaps;
    private final boolean moving;

    /// @param kernel     with the scalars that the program had
    /// @param positioned whether its code takes the position from memory instead of as a scalar
    /// @param overlaps   whether it may start early if it knows how to wait
    ProgramKernel(Gpu.Stream stream, Position position, PtxKernel kernel, boolean positioned, Gpu.Function function, boolean overlaps) {
        super(stream, position);
        this.kernel = kernel;
        this.function = function;
        this.positioned = positioned;
        this.overlaps = overlaps && kernel.ptx().contains(WAITS);
        moving = kernel.grid().stream().flatMap(List::stream).anyMatch(ProgramKernel::isOfPosition);
        for (Program.Scalar scalar : kernel.program().scalars())
            if (!scalar.var().equals(Program.N) && !scalar.isPosition())
                throw new CompileException(kernel.name(), "a launch passes n and position, not " + scalar.var());
    }

    /// Whether a number of blocks depends on the position; more than sums and quotients of scalars it is not.
    private static boolean isOfPosition(Expr extent) {
        if (extent instanceof Expr.Ref(var var)) return var.equals(Program.POSITION);
        return extent instanceof Expr.Binary binary && (isOfPosition(binary.a()) || isOfPosition(binary.b()));
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
    Stream<ProgramKernel> moving(int n) {
        return moving ? Stream.of(this) : Stream.of();
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        Program program = kernel.program();
        int[] scalars = scalars(n, position);
        List<Buf> parameters = program.parameters();
        if (arguments.size() != parameters.size())
            throw new IllegalArgumentException(name() + " takes " + parameters.size() + " buffers, not " + arguments.size());
        for (int i = 0; i < scalars.length; i++) {
            Program.Scalar scalar = program.scalars().get(i);
            if (!scalar.values().contains(scalars[i]))
                throw new IllegalArgumentException(String.format(ROOT, "%s: %s = %d is not in %s", name(), scalar.var(), scalars[i], scalar.values()));
        }
        for (int i = 0; i < parameters.size(); i++) {
            Buf parameter = parameters.get(i);
            long bytes = (long) kernel.value(parameter.extent(), scalars) * parameter.element().bytes();
            if (arguments.get(i).bytes() < bytes)
                throw new IllegalArgumentException(
                        String.format(ROOT, "%s: %s needs %d bytes and has %d", name(), parameter, bytes, arguments.get(i).bytes()));
        }
    }

    @Override
    List<Run> runs(List<? extends Buffer> arguments, int n) {
        return List.of(new Run(this, List.copyOf(arguments)));
    }

    Gpu.Step step(List<Buffer> arguments, int n, int position) {
        var all = addresses(arguments);
        if (positioned) all.add(positionArgument());
        int[] scalars = scalars(n, position);
        for (int i = 0; i < scalars.length; i++)
            if (!positioned || !kernel.program().scalars().get(i).isPosition()) all.add(Gpu.Argument.of(scalars[i] & 0xffff_ffffL));
        return new Gpu.Launch(function, grid(n, position), Gpu.Extent.of(32 * kernel.warps()), kernel.shared(), all, overlaps);
    }

    Program program() {
        return kernel.program();
    }

    /// Whether one token takes so few blocks of warps that one block can do the work of all, and any position will do.
    ///
    /// @param blocks at most
    boolean isSmall(int blocks) {
        return kernel.hot() && !positioned && !moving && grid(1, 0).count() <= blocks && grid(1, 0).x() == grid(1, 0).count();
    }

    Gpu.Extent grid(int n, int position) {
        int[] scalars = scalars(n, position);
        return new Gpu.Extent(kernel.blocks(0, scalars), kernel.blocks(1, scalars), kernel.blocks(2, scalars));
    }

    private int[] scalars(int n, int position) {
        return kernel.program().scalars().stream().mapToInt(scalar -> scalar.isPosition() ? position : n).toArray();
    }
}
