package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.util.Locale.ROOT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;
import tern.codegen.cuda.Gpu;

/// A compiled kernel.
final class CardFunction implements Gpu.Function {

    /// CUfunction_attribute.
    private static final int MAX_THREADS_PER_BLOCK = 0;
    private static final int SHARED_SIZE_BYTES = 1;
    private static final int LOCAL_SIZE_BYTES = 3;
    private static final int NUM_REGS = 4;
    private static final int MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

    /// What a block may have without asking.
    private static final int PLAIN_SHARED_BYTES = 48 << 10;

    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    /// CUlaunchConfig.
    private static final StructLayout CONFIG = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(3, JAVA_INT).withName("gridDim"),
            MemoryLayout.sequenceLayout(3, JAVA_INT).withName("blockDim"),
            JAVA_INT.withName("sharedMemBytes"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("hStream"),
            ADDRESS.withName("attrs"),
            JAVA_INT.withName("numAttrs"),
            MemoryLayout.paddingLayout(4));

    /// CUlaunchAttribute: its number, and a value of 64 bytes at byte 8.
    private static final StructLayout ATTRIBUTE = MemoryLayout.structLayout(
            JAVA_INT.withName("id"),
            MemoryLayout.paddingLayout(4),
            MemoryLayout.sequenceLayout(8, JAVA_LONG).withName("value"));

    private final Card card;
    private final String name;
    private final MemorySegment handle;
    private int allowedShared = PLAIN_SHARED_BYTES;

    CardFunction(Card card, String name, MemorySegment handle) {
        this.card = card;
        this.name = name;
        this.handle = handle;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Gpu.Attributes attributes() {
        card.enter();
        return new Gpu.Attributes(attribute(NUM_REGS), attribute(LOCAL_SIZE_BYTES), attribute(SHARED_SIZE_BYTES),
                attribute(MAX_THREADS_PER_BLOCK));
    }

    private int attribute(int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            check("cuFuncGetAttribute(" + attribute + ")", ModuleCalls.cuFuncGetAttribute(value, attribute, handle));
            return value.get(JAVA_INT, 0);
        }
    }

    @Override
    public int blocksPerMultiprocessor(int threads, int sharedBytes) {
        card.enter();
        allow(sharedBytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment blocks = arena.allocate(JAVA_INT);
            check("cuOccupancyMaxActiveBlocksPerMultiprocessor",
                    ModuleCalls.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, handle, threads, sharedBytes));
            return blocks.get(JAVA_INT, 0);
        }
    }

    private void allow(int sharedBytes) {
        if (sharedBytes <= allowedShared) return;
        check("cuFuncSetAttribute", ModuleCalls.cuFuncSetAttribute(handle, MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedBytes),
                name + " asks for " + sharedBytes + " bytes of shared memory");
        allowedShared = sharedBytes;
    }

    /// The driver has read all arguments when this returns.
    void launch(Gpu.Launch launch, MemorySegment stream) {
        allow(launch.sharedBytes());
        Gpu.Extent g = launch.grid();
        Gpu.Extent b = launch.block();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = parameters(launch.arguments(), arena);
            boolean overlaps = launch.overlaps() && card.numbers().capability() >= 90;
            int result = overlaps
                    ? ModuleCalls.cuLaunchKernelEx(config(launch, stream, arena), handle, parameters, MemorySegment.NULL)
                    : ModuleCalls.cuLaunchKernel(handle, g.x(), g.y(), g.z(), b.x(), b.y(), b.z(), launch.sharedBytes(), stream,
                            parameters, MemorySegment.NULL);
            check("launch " + name, result, result == 0 ? "" : String.format(ROOT, "%s blocks of %s threads, %d bytes of shared memory: %s",
                    g, b, launch.sharedBytes(), Check.name(result)));
        }
    }

    private static MemorySegment parameters(List<Gpu.Argument> arguments, Arena arena) {
        MemorySegment pointers = arena.allocate(ADDRESS, Math.max(1, arguments.size()));
        for (int i = 0; i < arguments.size(); i++)
            pointers.setAtIndex(ADDRESS, i, switch (arguments.get(i)) {
                case Gpu.Word(long bits) -> arena.allocateFrom(JAVA_LONG, bits);
                case Gpu.Bytes(MemorySegment bytes) -> arena.allocate(bytes.byteSize(), 64).copyFrom(bytes);
            });
        return pointers;
    }

    private static MemorySegment config(Gpu.Launch launch, MemorySegment stream, Arena arena) {
        MemorySegment attribute = arena.allocate(ATTRIBUTE);
        attribute.set(JAVA_INT, 0, PROGRAMMATIC_STREAM_SERIALIZATION);
        attribute.set(JAVA_INT, 8, 1);
        MemorySegment config = arena.allocate(CONFIG);
        int[] numbers = {launch.grid().x(), launch.grid().y(), launch.grid().z(), launch.block().x(), launch.block().y(),
            launch.block().z(), launch.sharedBytes()};
        for (int i = 0; i < numbers.length; i++) config.setAtIndex(JAVA_INT, i, numbers[i]);
        config.set(ADDRESS, offset("hStream"), stream);
        config.set(ADDRESS, offset("attrs"), attribute);
        config.set(JAVA_INT, offset("numAttrs"), 1);
        return config;
    }

    private static long offset(String field) {
        return CONFIG.byteOffset(MemoryLayout.PathElement.groupElement(field));
    }
}
