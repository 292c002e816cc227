package tern.codegen.cuda.device;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;
import tern.codegen.cuda.ptx.Architecture;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.CodeDigest;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// One card. Launches are given to one stream, in their order, and may return before the work is done.
public final class GpuDevice implements Device {

    /// Bytes at a time that host memory is copied in.
    private static final long COPIED_AT_ONCE = 1 << 28;

    private final Gpu gpu;
    private final Target.Gpu target;
    private final boolean overlaps;
    private final Gpu.Stream stream;
    private final Position position;
    private final Map<FusedProgram.Key, FusedProgram> joins = new HashMap<>();
    private final Map<FusedProgram.Key, ProgramKernel> joined = new HashMap<>();
    private final GpuOps ops = new GpuOps(this, this::program);

    /// A card that describes itself.
    ///
    /// @throws DeviceException if it is too old
    public GpuDevice(Gpu gpu) {
        this(gpu, describe(gpu.numbers()));
    }

    /// @param target what schedules are made for
    public GpuDevice(Gpu gpu, Target.Gpu target) {
        this(gpu, target, true);
    }

    /// @param target   what schedules are made for
    /// @param overlaps whether kernels that know how to wait start while those before them still run (programmatic dependent launch)
    public GpuDevice(Gpu gpu, Target.Gpu target, boolean overlaps) {
        this.gpu = gpu;
        this.target = target;
        this.overlaps = overlaps;
        stream = gpu.stream();
        position = new Position(gpu, stream);
    }

    /// What a card's numbers leave open is taken from the preset of its compute capability: products of matrices of each
    /// multiprocessor and cycle, and how much of the bandwidth is reached.
    private static Target.Gpu describe(CardNumbers card) {
        if (card.capability() < Architecture.OLDEST)
            throw new DeviceException("%s has compute capability %s; the kernels need %s or later".formatted(
                    card.name(), Architecture.words(card.capability()), Architecture.words(Architecture.OLDEST)));
        Target.Gpu like = switch (card.capability()) {
            case 80 -> Targets.A100;
            case 86, 87, 89 -> Targets.RTX_4090;
            default -> Targets.H200;
        };
        double hertz = card.clockHertz() > 0 ? card.clockHertz() : like.hertz();
        double perCycle = like.int8OpsPerSecond() / like.hertz() / like.multiprocessors();
        double bytes = 2.0 * card.memoryClockHertz() * card.memoryBusBits() / 8 * 0.85;
        return new Target.Gpu(card.name(), "the card's driver; rates of " + like.name(), card.capability(), card.multiprocessors(),
                card.sharedBytes(), card.registersPerMultiprocessor(), card.l2Bytes(), hertz,
                perCycle * hertz * card.multiprocessors(), bytes > 0 ? bytes : like.memoryBytesPerSecond());
    }

    @Override
    public Target.Gpu target() {
        return target;
    }

    @Override
    public String fingerprint() {
        CardNumbers card = gpu.numbers();
        return String.format(ROOT, "card %s; architecture %s; multiprocessors %d; memory %d MiB; driver %s",
                card.name(), card.architecture(), card.multiprocessors(), card.memoryBytes() >> 20, card.driver());
    }

    @Override
    public String generation() {
        return CodeDigest.of(PtxEmitter.class);
    }

    /// PTX for this or an older card.
    private int architecture() {
        return Architecture.of(gpu.numbers().capability());
    }

    @Override
    public Kernel compile(Program program) {
        return program(program);
    }

    private ProgramKernel program(Program program) {
        Program positioned = Position.inMemory(program);
        PtxKernel made = PtxEmitter.emit(positioned, architecture());
        // Blocks and sizes are told from the scalars that the program had.
        var kernel = new PtxKernel(program, made.ptx(), made.grid(), made.warps(), made.shared(), made.hot());
        return new ProgramKernel(stream, position, kernel, !positioned.equals(program), load(kernel.name(), kernel.ptx()), overlaps);
    }

    private Gpu.Function load(String name, String ptx) {
        try {
            return gpu.load(ptx).function(name);
        } catch (GpuException e) {
            throw new CompileException(name, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Kernel compile(Op op) {
        return new OpKernel(stream, position, op, ops.stages(op));
    }

    @Override
    public Buffer allocate(long bytes) {
        long all = (bytes + Buf.SLACK + 255) / 256 * 256;
        long address = gpu.allocate(all);
        gpu.fill(address, (byte) 0, all);
        return new GpuBuffer(gpu, address, bytes);
    }

    @Override
    public Buffer share(MemorySegment host) {
        Buffer buffer = allocate(host.byteSize());
        for (long from = 0; from < host.byteSize(); from += COPIED_AT_ONCE)
            buffer.write(from, host.asSlice(from, Math.min(COPIED_AT_ONCE, host.byteSize() - from)));
        return buffer;
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        return new GpuSequence(gpu, stream, position, this::join, launches);
    }

    private GpuKernel.@Nullable Run join(GpuKernel.Run first, GpuKernel.Run second) {
        FusedProgram.Key key = FusedProgram.key(first, second);
        if (key == null) return null;
        FusedProgram made = joins.computeIfAbsent(key, FusedProgram::of);
        ProgramKernel kernel = joined.get(key);
        if (kernel == null) {
            kernel = program(made.program());
            joined.put(key, kernel);
        }
        var arguments = new ArrayList<>(first.arguments());
        for (int own : made.own()) arguments.add(second.arguments().get(own));
        return new GpuKernel.Run(kernel, arguments);
    }

    @Override
    public void await() {
        gpu.await();
    }

    /// By copying within the card's memory, bytes read and bytes written counted: what people measure cards by. A simulator has no
    /// bandwidth but its target's.
    @Override
    public double measureReadBandwidth() {
        return gpu.numbers().driverVersion() == 0 ? target.memoryBytesPerSecond() : CopyBandwidth.measure(gpu, stream);
    }

    @Override
    public void close() {
        gpu.close();
    }
}
