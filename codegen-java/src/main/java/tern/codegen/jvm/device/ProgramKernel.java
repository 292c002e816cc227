package tern.codegen.jvm.device;

import static java.util.Locale.ROOT;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.Buffer;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Rewriter;

/// A compiled program.
final class ProgramKernel extends CpuKernel {

    /// More than one, so that HotSpot sees a loop as one.
    private static final int TRIPS_OF_A_SLICE = 2;

    private final Program program;
    private final Supplier<String> listing;
    private final Program.Scalar[] scalars;
    private final Buf[] parameters;
    private final Extent[] extents;
    /// Of the parameters, those of which as much must be there as the position says.
    private final int[] growing;
    /// Scratch and constants, kept alive.
    private final KernelMemory memory;

    /// @param listing of the code that the body runs
    ProgramKernel(Program program, Supplier<String> listing, Spmd body, Team team, KernelMemory memory) {
        super(program.name(), team, body, program.parameters().size(), memory.addresses());
        this.program = program;
        this.listing = listing;
        this.memory = memory;
        this.scalars = program.scalars().toArray(Program.Scalar[]::new);
        this.parameters = program.parameters().toArray(Buf[]::new);
        this.extents = new Extent[parameters.length];
        for (int i = 0; i < extents.length; i++) extents[i] = Extent.of(name(), parameters[i].extent());
        growing = IntStream.range(0, extents.length).filter(i -> Extent.hasPosition(parameters[i].extent())).toArray();
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        if (arguments.size() != parameters.length)
            throw new IllegalArgumentException(name() + " takes " + parameters.length + " buffers, not " + arguments.size());
        scalars(n, position);
        for (int i = 0; i < parameters.length; i++) size(i, arguments, n, position);
    }

    @Override
    void checkAgain(List<? extends Buffer> arguments, int n, int position) {
        scalars(n, position);
        for (int i : growing) size(i, arguments, n, position);
    }

    private void size(int parameter, List<? extends Buffer> arguments, int n, int position) {
        Buf buffer = parameters[parameter];
        long needed = extents[parameter].at(n, position) * buffer.element().bytes(), bytes = arguments.get(parameter).bytes();
        if (bytes < needed)
            throw new IllegalArgumentException(String.format(ROOT, "%s: buffer %s needs %d bytes and has %d", name(), buffer, needed, bytes));
    }

    /// @throws IllegalArgumentException if the program does not allow these numbers
    void scalars(int n, int position) {
        for (Program.Scalar scalar : scalars) scalar.of(name(), n, position);
    }

    /// Bytes of scratch and constants.
    long ownBytes() {
        return memory.bytes();
    }

    @Override
    int slices() {
        return Math.max(1, trips(program.body()) / TRIPS_OF_A_SLICE);
    }

    /// Most iterations of a loop that is shared out among the workers.
    private static int trips(Loop program) {
        int[] most = {0};
        new Rewriter() {
            @Override
            public Loop of(Loop loop) {
                if (!(loop instanceof Loop.For(_, Loop.Range.Steps(Expr.Int from, Expr.Int to, int step), Loop.Binding binding, _))
                        || binding != Loop.Binding.CORES)
                    return parts(loop);
                most[0] = Math.max(most[0], (int) Math.ceilDiv(to.value() - from.value(), step));
                return loop;
            }

            @Override
            public Expr of(Expr expr) {
                return expr;
            }
        }.of(program);
        return most[0];
    }

    @Override
    public String listing() {
        return listing.get();
    }
}
