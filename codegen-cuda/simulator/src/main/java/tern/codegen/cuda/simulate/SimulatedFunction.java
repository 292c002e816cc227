package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// A kernel and what a launch of it must be like.
record SimulatedFunction(Code code, CardNumbers card) implements Gpu.Function {

    /// Shared memory of every block that the card keeps to itself since compute capability 8.0 (CUDA C++ Programming Guide,
    /// "Compute Capability 8.x").
    private static final int RESERVED = 1024;

    @Override
    public String name() {
        return code.kernel().name();
    }

    /// How many registers a compiler would take is not known here: 0. Local memory is what the text declares.
    @Override
    public Gpu.Attributes attributes() {
        return new Gpu.Attributes(0, code.kernel().localBytes(), code.kernel().sharedBytes(), code.kernel().maxThreads());
    }

    /// By threads and shared memory alone.
    @Override
    public int blocksPerMultiprocessor(int threads, int sharedBytes) {
        int byThreads = card.threadsPerMultiprocessor() / Parser.up(threads, 32);
        int byShared = card.sharedBytesPerMultiprocessor() / (code.sharedBytes() + sharedBytes + RESERVED);
        return Math.clamp(Math.min(byThreads, byShared), 1, 32);
    }

    /// @throws GpuException if the card would refuse it
    void check(Gpu.Launch launch, CardNumbers numbers) {
        long threads = launch.block().count();
        if (threads < 1 || threads > code.kernel().maxThreads() || threads > numbers.threadsPerBlock())
            throw refused(String.format(ROOT, "a block of %d threads, the kernel takes 1 to %d", threads, code.kernel().maxThreads()));
        if (launch.grid().x() < 1 || launch.grid().y() < 1 || launch.grid().z() < 1)
            throw refused("a grid without blocks: " + launch.grid());
        if (launch.grid().y() > 65535 || launch.grid().z() > 65535) throw refused("y and z of a grid end at 65535");
        long shared = (long) code.sharedBytes() + launch.sharedBytes();
        if (shared > numbers.sharedBytes())
            throw refused(String.format(ROOT, "a block takes %d bytes of shared memory, there are %d", shared, numbers.sharedBytes()));
    }

    private GpuException refused(String reason) {
        return new GpuException("launch " + name(), "CUDA_ERROR_INVALID_VALUE", reason);
    }

    /// What the kernel reads with ld.param.
    Region parameters(List<Gpu.Argument> arguments) {
        List<Variable> wanted = code.kernel().parameters();
        if (arguments.size() != wanted.size())
            throw refused(String.format(ROOT, "%d arguments, the kernel takes %d", arguments.size(), wanted.size()));
        var region = new Region(0, code.kernel().parameterBytes());
        for (int i = 0; i < wanted.size(); i++) {
            Variable parameter = wanted.get(i);
            switch (arguments.get(i)) {
                case Gpu.Word(long bits) -> {
                    if (parameter.bytes() > 8) throw refused(parameter.name() + " has more than 8 bytes");
                    for (int b = 0; b < parameter.bytes(); b++) region.data[parameter.offset() + b] = (byte) (bits >>> 8 * b);
                }
                case Gpu.Bytes(MemorySegment bytes) -> {
                    if (bytes.byteSize() != parameter.bytes())
                        throw refused(String.format(ROOT, "%s has %d bytes, not %d", parameter.name(), parameter.bytes(), bytes.byteSize()));
                    MemorySegment.copy(bytes, 0, MemorySegment.ofArray(region.data), parameter.offset(), bytes.byteSize());
                }
            }
            if (parameter.bytes() > 0) region.know(parameter.offset(), parameter.bytes());
        }
        return region;
    }
}
