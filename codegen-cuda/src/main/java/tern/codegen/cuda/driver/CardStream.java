package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// A stream that the default one waits for, so that plain copies come after its work.
final class CardStream implements Gpu.Stream {

    private final Card card;
    final MemorySegment handle;

    CardStream(Card card) {
        this.card = card;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stream = arena.allocate(ADDRESS);
            check("cuStreamCreate", StreamCalls.cuStreamCreate(stream, 0));
            handle = stream.get(ADDRESS, 0);
        }
    }

    @Override
    public void give(Gpu.Step step) {
        card.enter();
        switch (step) {
            case Gpu.Launch launch -> {
                if (!(launch.function() instanceof CardFunction function))
                    throw new GpuException("launch " + launch.function().name(), "CUDA_ERROR_INVALID_HANDLE", "of another card");
                function.launch(launch, handle);
            }
            case Gpu.Copy(long to, long from, long bytes) ->
                check("cuMemcpyDtoDAsync", MemoryCalls.cuMemcpyDtoDAsync(to, from, bytes, handle));
            case Gpu.Fill(long address, byte value, long bytes) ->
                check("cuMemsetD8Async", MemoryCalls.cuMemsetD8Async(address, value, bytes, handle));
        }
    }

    @Override
    public void give(Gpu.Graph graph) {
        card.enter();
        if (!(graph instanceof CardGraph mine))
            throw new GpuException("cuGraphLaunch", "CUDA_ERROR_INVALID_HANDLE", "of another card");
        check("cuGraphLaunch", StreamCalls.cuGraphLaunch(mine.handle(), handle));
    }

    /// Memory that is not page-locked has been read when the driver returns, so a stand-in may go.
    @Override
    public void write(long address, MemorySegment from) {
        card.enter();
        try (Arena arena = Arena.ofConfined()) {
            check("cuMemcpyHtoDAsync",
                    MemoryCalls.cuMemcpyHtoDAsync(address, Host.readable(from, arena), from.byteSize(), handle));
        }
    }

    /// Memory that is not page-locked has been written when the driver returns.
    @Override
    public void read(long address, MemorySegment into) {
        card.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = Host.writable(into, arena);
            check("cuMemcpyDtoHAsync", MemoryCalls.cuMemcpyDtoHAsync(bytes, address, into.byteSize(), handle));
            Host.deliver(bytes, into);
        }
    }

    @Override
    public void mark(Gpu.Event event) {
        card.enter();
        check("cuEventRecord", StreamCalls.cuEventRecord(CardEvent.handle(event), handle));
    }

    @Override
    public void waitFor(Gpu.Event event) {
        card.enter();
        check("cuStreamWaitEvent", StreamCalls.cuStreamWaitEvent(handle, CardEvent.handle(event), 0));
    }

    @Override
    public void await() {
        card.enter();
        check("cuStreamSynchronize", StreamCalls.cuStreamSynchronize(handle));
    }

    @Override
    public void close() {
        card.enter();
        check("cuStreamDestroy", StreamCalls.cuStreamDestroy(handle));
    }
}
