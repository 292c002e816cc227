package tern.codegen.cuda.simulate;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;
import tern.ir.target.Target;

/// A card that is a program. Every step has happened when it has been given; a fault is thrown then and there.
///
/// Times between events are those that the simulation took.
public final class Simulator implements Gpu {

    /// Instructions of all warps of a launch before it is taken for endless.
    private static final long LIMIT = 4_000_000_000L;

    private final CardNumbers numbers;
    private final GlobalMemory memory;
    private final long limit;
    private long instructions;
    private long launches;
    /// The last launch that waited for all before it.
    private long chain;

    /// A card with the numbers of a preset, and 64 GiB of memory as far as this machine has them.
    public Simulator(Target.Gpu target) {
        this(new CardNumbers("simulated " + target.name(), target.sm(), target.multiprocessors(), target.sharedBytes(),
                target.sharedBytes() + 1024, target.registers(), threads(target.sm()), 1024,
                (int) target.l2(), 64L << 30, (long) target.hertz(), 0, 0, 0));
    }

    public Simulator(CardNumbers numbers) {
        this(numbers, LIMIT);
    }

    /// @param limit instructions of all warps of a launch before it is taken for endless
    public Simulator(CardNumbers numbers, long limit) {
        this.numbers = numbers;
        this.limit = limit;
        memory = new GlobalMemory(numbers.memoryBytes());
    }

    /// CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    private static int threads(int capability) {
        return switch (capability) {
            case 75 -> 1024;
            case 86, 87, 89 -> 1536;
            default -> 2048;
        };
    }

    @Override
    public CardNumbers numbers() {
        return numbers;
    }

    /// Instructions that warps have executed so far, in all launches: a measure that is the same on every machine.
    public long instructions() {
        return instructions;
    }

    @Override
    public long allocate(long bytes) {
        return memory.allocate(bytes).base;
    }

    @Override
    public void free(long address) {
        memory.free(address);
    }

    /// For what touches memory otherwise than a launch does. A launch overlaps none but those right before it.
    private Region region(String call, long address, long bytes) {
        chain = launches + 1;
        @Nullable Region region = memory.find(address, bytes);
        if (region == null)
            throw new GpuException(call, "CUDA_ERROR_INVALID_VALUE", bytes + " bytes: " + memory.describe(address));
        return region;
    }

    @Override
    public void write(long address, MemorySegment from) {
        int bytes = Math.toIntExact(from.byteSize());
        if (bytes == 0) return;
        Region region = region("cuMemcpyHtoD", address, bytes);
        int at = (int) (address - region.base);
        MemorySegment.copy(from, 0, MemorySegment.ofArray(region.data), at, bytes);
        region.know(at, bytes);
    }

    @Override
    public void read(long address, MemorySegment into) {
        long bytes = into.byteSize();
        if (bytes == 0) return;
        Region region = region("cuMemcpyDtoH", address, bytes);
        MemorySegment.copy(MemorySegment.ofArray(region.data), address - region.base, into, 0, bytes);
    }

    /// Whether a kernel or a copy has written all of those bytes.
    public boolean isWritten(long address, int bytes) {
        Region region = region("isWritten", address, bytes);
        return region.isKnown((int) (address - region.base), bytes);
    }

    @Override
    public void copy(long to, long from, long bytes) {
        Region source = region("cuMemcpyDtoD", from, bytes);
        Region target = region("cuMemcpyDtoD", to, bytes);
        target.take(Math.toIntExact(to - target.base), source, Math.toIntExact(from - source.base), (int) bytes);
    }

    @Override
    public void fill(long address, byte value, long bytes) {
        Region region = region("cuMemsetD8", address, bytes);
        int at = (int) (address - region.base);
        java.util.Arrays.fill(region.data, at, (int) (at + bytes), value);
        region.know(at, (int) bytes);
    }

    @Override
    public Module load(String ptx) {
        try {
            PtxModule parsed = Parser.parse(ptx);
            int capability = capability(parsed.target());
            Map<String, Long> global = new HashMap<>();
            for (Variable v : parsed.variables()) global.put(v.name(), place(v));
            Map<String, Code> codes = new HashMap<>();
            for (Kernel kernel : parsed.kernels())
                codes.put(kernel.name(), Decoder.decode(kernel, global, capability, parsed.target().endsWith("a")));
            return new SimulatedModule(this, codes, List.copyOf(global.values()));
        } catch (PtxError e) {
            throw new GpuException("cuModuleLoadDataEx", "CUDA_ERROR_INVALID_PTX", e.text());
        }
    }

    private int capability(String target) {
        if (!target.matches("sm_\\d+a?")) throw new PtxError(1, "'" + target + "' is no target");
        boolean exact = target.endsWith("a");
        int capability = Integer.parseInt(target.replaceAll("\\D", ""));
        if (exact ? capability != numbers.capability() : capability > numbers.capability())
            throw new GpuException("cuModuleLoadDataEx", "CUDA_ERROR_NO_BINARY_FOR_GPU",
                    "the text is for %s, the card is %s".formatted(target, numbers.architecture()));
        return capability;
    }

    private long place(Variable variable) {
        Region region = memory.allocate(Math.max(1, variable.bytes()));
        System.arraycopy(variable.content(), 0, region.data, 0, variable.content().length);
        region.know(0, region.data.length);
        return region.base;
    }

    void release(List<Long> addresses) {
        addresses.forEach(memory::free);
    }

    void run(Step step) {
        switch (step) {
            case Launch launch -> launch(launch);
            case Copy(long to, long from, long bytes) -> copy(to, from, bytes);
            case Fill(long address, byte value, long bytes) -> fill(address, value, bytes);
        }
    }

    private void launch(Launch launch) {
        if (!(launch.function() instanceof SimulatedFunction function))
            throw new GpuException("launch " + launch.function().name(), "CUDA_ERROR_INVALID_HANDLE", "of another card");
        Region parameters = function.parameters(launch.arguments());
        function.check(launch, numbers);
        launches++;
        if (!launch.overlaps() || numbers.capability() < 90) chain = launches;
        var grid = new Grid(function.code(), memory, launch.grid(), launch.block(), launch.sharedBytes(), parameters,
                launches, chain, function.blocksPerMultiprocessor((int) launch.block().count(), launch.sharedBytes())
                        * numbers.multiprocessors(),
                limit);
        instructions += grid.run();
    }

    @Override
    public Stream stream() {
        return new SimulatedStream(this);
    }

    @Override
    public Event event() {
        return new SimulatedStream.Moment();
    }

    @Override
    public Graph graph(List<Step> steps) {
        return new SimulatedStream.Steps(steps);
    }

    @Override
    public void await() {
        chain = launches + 1;
    }

    @Override
    public void close() {
        memory.clear();
    }
}
