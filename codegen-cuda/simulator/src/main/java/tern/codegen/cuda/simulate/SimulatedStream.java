package tern.codegen.cuda.simulate;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// A stream in which everything happens at once.
record SimulatedStream(Simulator card) implements Gpu.Stream {

    @Override
    public void give(Gpu.Step step) {
        card.run(step);
    }

    @Override
    public void give(Gpu.Graph graph) {
        if (!(graph instanceof Steps recorded))
            throw new GpuException("cuGraphLaunch", "CUDA_ERROR_INVALID_HANDLE", "of another card");
        recorded.steps.forEach(card::run);
    }

    @Override
    public void write(long address, MemorySegment from) {
        card.write(address, from);
    }

    @Override
    public void read(long address, MemorySegment into) {
        card.read(address, into);
    }

    @Override
    public void mark(Gpu.Event event) {
        if (event instanceof Moment moment) moment.nanos = System.nanoTime();
    }

    @Override
    public void waitFor(Gpu.Event event) {}

    @Override
    public void await() {
        card.await();
    }

    @Override
    public void close() {}

    /// A time of this machine.
    static final class Moment implements Gpu.Event {

        private long nanos;

        @Override
        public void await() {}

        @Override
        public double secondsSince(Gpu.Event earlier) {
            if (!(earlier instanceof Moment before) || before.nanos == 0 || nanos == 0)
                throw new GpuException("cuEventElapsedTime", "CUDA_ERROR_INVALID_HANDLE", "an event that was never marked");
            return (nanos - before.nanos) / 1e9;
        }

        @Override
        public void close() {}
    }

    /// Steps in a list.
    static final class Steps implements Gpu.Graph {

        private List<Gpu.Step> steps;

        Steps(List<Gpu.Step> steps) {
            this.steps = List.copyOf(steps);
        }

        @Override
        public void renew(List<Gpu.Step> others) {
            boolean same = others.size() == steps.size();
            for (int i = 0; same && i < steps.size(); i++) same = kind(steps.get(i)).equals(kind(others.get(i)));
            if (!same)
                throw new GpuException("cuGraphExecUpdate", "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", "the steps are of other kinds");
            steps = List.copyOf(others);
        }

        private static String kind(Gpu.Step step) {
            return step.getClass().getSimpleName();
        }

        @Override
        public void close() {}
    }
}
