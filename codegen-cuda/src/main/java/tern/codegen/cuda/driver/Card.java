package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.util.Locale.ROOT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.Gpu;

/// One card, in its primary context. That is made current for the calling thread before each call, so the thread may change.
final class Card implements Gpu {

    /// CUdevice_attribute.
    private static final int MAX_THREADS_PER_BLOCK = 1;
    private static final int CLOCK_RATE = 13;
    private static final int MULTIPROCESSOR_COUNT = 16;
    private static final int MEMORY_CLOCK_RATE = 36;
    private static final int GLOBAL_MEMORY_BUS_WIDTH = 37;
    private static final int L2_CACHE_SIZE = 38;
    private static final int MAX_THREADS_PER_MULTIPROCESSOR = 39;
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81;
    private static final int MAX_REGISTERS_PER_MULTIPROCESSOR = 82;
    private static final int MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;

    private final int device;
    private final MemorySegment context;
    private final CardNumbers numbers;
    private final Set<Long> allocations = new HashSet<>();
    private boolean closed;

    Card(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = arena.allocate(JAVA_INT);
            check("cuDeviceGet", DeviceCalls.cuDeviceGet(found, index));
            device = found.get(JAVA_INT, 0);
            MemorySegment retained = arena.allocate(ADDRESS);
            check("cuDevicePrimaryCtxRetain", DeviceCalls.cuDevicePrimaryCtxRetain(retained, device));
            context = retained.get(ADDRESS, 0);
            numbers = read(arena);
        }
    }

    private CardNumbers read(Arena arena) {
        MemorySegment name = arena.allocate(256);
        check("cuDeviceGetName", DeviceCalls.cuDeviceGetName(name, 256, device));
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        check("cuDeviceTotalMem", DeviceCalls.cuDeviceTotalMem(bytes, device));
        return new CardNumbers(name.getString(0),
                attribute(COMPUTE_CAPABILITY_MAJOR) * 10 + attribute(COMPUTE_CAPABILITY_MINOR),
                attribute(MULTIPROCESSOR_COUNT), attribute(MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                attribute(MAX_SHARED_MEMORY_PER_MULTIPROCESSOR), attribute(MAX_REGISTERS_PER_MULTIPROCESSOR),
                attribute(MAX_THREADS_PER_MULTIPROCESSOR), attribute(MAX_THREADS_PER_BLOCK), attribute(L2_CACHE_SIZE),
                bytes.get(JAVA_LONG, 0), 1000L * attribute(CLOCK_RATE), 1000L * attribute(MEMORY_CLOCK_RATE),
                attribute(GLOBAL_MEMORY_BUS_WIDTH), CudaDriver.version());
    }

    private int attribute(int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            check("cuDeviceGetAttribute(" + attribute + ")", DeviceCalls.cuDeviceGetAttribute(value, attribute, device));
            return value.get(JAVA_INT, 0);
        }
    }

    /// Makes this card the one that the calling thread's next call is for.
    void enter() {
        check("cuCtxSetCurrent", DeviceCalls.cuCtxSetCurrent(context));
    }

    @Override
    public CardNumbers numbers() {
        return numbers;
    }

    @Override
    public long allocate(long bytes) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(JAVA_LONG);
            int result = MemoryCalls.cuMemAlloc(address, bytes);
            check("cuMemAlloc", result, result == 0 ? "" : String.format(ROOT, "%d bytes asked for, %s", bytes, free(arena)));
            long given = address.get(JAVA_LONG, 0);
            allocations.add(given);
            return given;
        }
    }

    private static String free(Arena arena) {
        MemorySegment free = arena.allocate(JAVA_LONG);
        MemorySegment total = arena.allocate(JAVA_LONG);
        return MemoryCalls.cuMemGetInfo(free, total) == 0
                ? String.format(ROOT, "%d of %d are free", free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0))
                : "how many are free is not known";
    }

    @Override
    public void free(long address) {
        enter();
        check("cuMemFree", MemoryCalls.cuMemFree(address), "address %#x".formatted(address));
        allocations.remove(address);
    }

    @Override
    public void write(long address, MemorySegment from) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            check("cuMemcpyHtoD", MemoryCalls.cuMemcpyHtoD(address, Host.readable(from, arena), from.byteSize()));
        }
    }

    @Override
    public void read(long address, MemorySegment into) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = Host.writable(into, arena);
            check("cuMemcpyDtoH", MemoryCalls.cuMemcpyDtoH(bytes, address, into.byteSize()));
            Host.deliver(bytes, into);
        }
    }

    @Override
    public void copy(long to, long from, long bytes) {
        enter();
        check("cuMemcpyDtoD", MemoryCalls.cuMemcpyDtoD(to, from, bytes));
        await();
    }

    @Override
    public void fill(long address, byte value, long bytes) {
        enter();
        check("cuMemsetD8", MemoryCalls.cuMemsetD8(address, value, bytes));
        await();
    }

    @Override
    public Module load(String ptx) {
        enter();
        return CardModule.load(this, ptx);
    }

    @Override
    public Stream stream() {
        enter();
        return new CardStream(this);
    }

    @Override
    public Event event() {
        enter();
        return new CardEvent(this);
    }

    @Override
    public Graph graph(List<Step> steps) {
        enter();
        return new CardGraph(this, steps);
    }

    @Override
    public void await() {
        enter();
        check("cuCtxSynchronize", DeviceCalls.cuCtxSynchronize());
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        enter();
        for (long address : allocations) check("cuMemFree", MemoryCalls.cuMemFree(address));
        allocations.clear();
        check("cuDevicePrimaryCtxRelease", DeviceCalls.cuDevicePrimaryCtxRelease(device));
    }
}
