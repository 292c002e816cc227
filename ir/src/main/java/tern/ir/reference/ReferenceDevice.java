package tern.ir.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.ir.Op;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Lookups;
import tern.ir.target.Target;

/// The device whose results are right by definition: it interprets Loop IR on one thread.
///
/// Parallel iterations run in an order drawn from a seed, so that a program that depends on their order is found out: by
/// a [Fault] where memory tells, else by results that change with the seed.
public final class ReferenceDevice implements Device {

    /// No real machine: an AVX2-like core, so that a scheduler has numbers to plan with.
    public static final Target.Cpu TARGET =
            new Target.Cpu("reference", "invented", 1, Isa.AVX2, null, 256, 16, 2, new Lookups(1, 1, 1), 0, false, 1e9, 32 << 10, 1 << 20, 1e9);

    private final Arena arena = Arena.ofShared();
    private final long seed;

    public ReferenceDevice() {
        this(0);
    }

    /// @param seed of the order in which parallel iterations run
    public ReferenceDevice(long seed) {
        this.seed = seed;
    }

    @Override
    public Target target() {
        return TARGET;
    }

    @Override
    public Kernel compile(Program program) {
        return new ReferenceKernel(program, seed);
    }

    @Override
    public Kernel compile(Op op) {
        return ReferenceOps.compile(op);
    }

    @Override
    public ReferenceBuffer allocate(long bytes) {
        return new ReferenceBuffer(arena.allocate(bytes, 64));
    }

    @Override
    public ReferenceBuffer share(MemorySegment host) {
        return new ReferenceBuffer(host.asReadOnly());
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        var all = List.copyOf(launches);
        return (n, position) -> {
            for (Launch launch : all) launch.kernel().launch(launch.arguments(), n, position);
        };
    }

    @Override
    public void await() {
        // Every launch is over when it returns.
    }

    @Override
    public void close() {
        arena.close();
    }
}
