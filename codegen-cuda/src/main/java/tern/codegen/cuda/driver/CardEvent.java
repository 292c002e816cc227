package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// A point in time on the card's clock, to half a microsecond.
final class CardEvent implements Gpu.Event {

    private final Card card;
    private final MemorySegment handle;

    CardEvent(Card card) {
        this.card = card;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(ADDRESS);
            check("cuEventCreate", StreamCalls.cuEventCreate(event, 0));
            handle = event.get(ADDRESS, 0);
        }
    }

    static MemorySegment handle(Gpu.Event event) {
        if (event instanceof CardEvent mine) return mine.handle;
        throw new GpuException("cuEventRecord", "CUDA_ERROR_INVALID_HANDLE", "of another card");
    }

    @Override
    public void await() {
        card.enter();
        check("cuEventSynchronize", StreamCalls.cuEventSynchronize(handle));
    }

    @Override
    public double secondsSince(Gpu.Event earlier) {
        card.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment milliseconds = arena.allocate(JAVA_FLOAT);
            check("cuEventElapsedTime", StreamCalls.cuEventElapsedTime(milliseconds, handle(earlier), handle));
            return milliseconds.get(JAVA_FLOAT, 0) / 1e3;
        }
    }

    @Override
    public void close() {
        card.enter();
        check("cuEventDestroy", StreamCalls.cuEventDestroy(handle));
    }
}
