package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import tern.codegen.cuda.Gpu;

/// PTX that the driver has compiled.
final class CardModule implements Gpu.Module {

    /// CUjit_option.
    private static final int INFO_LOG_BUFFER = 3;
    private static final int INFO_LOG_BUFFER_SIZE_BYTES = 4;
    private static final int ERROR_LOG_BUFFER = 5;
    private static final int ERROR_LOG_BUFFER_SIZE_BYTES = 6;
    private static final int LOG_VERBOSE = 12;

    private static final int LOG_BYTES = 1 << 16;

    private final Card card;
    private final MemorySegment handle;
    private final String log;

    private CardModule(Card card, MemorySegment handle, String log) {
        this.card = card;
        this.handle = handle;
        this.log = log;
    }

    static CardModule load(Card card, String ptx) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment said = arena.allocate(LOG_BYTES);
            MemorySegment complained = arena.allocate(LOG_BYTES);
            MemorySegment names = arena.allocateFrom(JAVA_INT, INFO_LOG_BUFFER, INFO_LOG_BUFFER_SIZE_BYTES, ERROR_LOG_BUFFER,
                    ERROR_LOG_BUFFER_SIZE_BYTES, LOG_VERBOSE);
            // Numbers stand in the pointers themselves.
            MemorySegment size = MemorySegment.ofAddress(LOG_BYTES);
            MemorySegment[] given = {said, size, complained, size, MemorySegment.ofAddress(1)};
            MemorySegment values = arena.allocate(ADDRESS, given.length);
            for (int i = 0; i < given.length; i++) values.setAtIndex(ADDRESS, i, given[i]);
            MemorySegment module = arena.allocate(ADDRESS);
            int result = ModuleCalls.cuModuleLoadDataEx(module, arena.allocateFrom(ptx), given.length, names, values);
            check("cuModuleLoadDataEx", result, complained.getString(0));
            return new CardModule(card, module.get(ADDRESS, 0), said.getString(0));
        }
    }

    @Override
    public Gpu.Function function(String name) {
        card.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment function = arena.allocate(ADDRESS);
            check("cuModuleGetFunction", ModuleCalls.cuModuleGetFunction(function, handle, arena.allocateFrom(name)),
                    "'" + name + "'");
            return new CardFunction(card, name, function.get(ADDRESS, 0));
        }
    }

    @Override
    public String log() {
        return log;
    }

    @Override
    public void close() {
        card.enter();
        check("cuModuleUnload", ModuleCalls.cuModuleUnload(handle));
    }
}
