package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// Steps recorded by giving them to a stream that captures; so launches that overlap keep doing so.
final class CardGraph implements Gpu.Graph {

    /// CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.
    private static final int THREAD_LOCAL = 1;
    /// CUgraphExecUpdateResultInfo: an int and two pointers.
    private static final int RESULT_BYTES = 24;

    private final Card card;
    private final MemorySegment executable;

    CardGraph(Card card, List<Gpu.Step> steps) {
        this.card = card;
        MemorySegment graph = capture(steps);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(ADDRESS);
            check("cuGraphInstantiate", StreamCalls.cuGraphInstantiate(made, graph, 0));
            executable = made.get(ADDRESS, 0);
        } finally {
            StreamCalls.cuGraphDestroy(graph);
        }
    }

    MemorySegment handle() {
        return executable;
    }

    private MemorySegment capture(List<Gpu.Step> steps) {
        try (CardStream stream = new CardStream(card); Arena arena = Arena.ofConfined()) {
            check("cuStreamBeginCapture", StreamCalls.cuStreamBeginCapture(stream.handle, THREAD_LOCAL));
            MemorySegment graph = arena.allocate(ADDRESS);
            try {
                steps.forEach(stream::give);
            } catch (GpuException e) {
                // The stream must leave its capture before it can be closed.
                StreamCalls.cuStreamEndCapture(stream.handle, graph);
                throw e;
            }
            check("cuStreamEndCapture", StreamCalls.cuStreamEndCapture(stream.handle, graph));
            return graph.get(ADDRESS, 0);
        }
    }

    @Override
    public void renew(List<Gpu.Step> steps) {
        card.enter();
        MemorySegment graph = capture(steps);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(RESULT_BYTES, 8);
            int result = StreamCalls.cuGraphExecUpdate(executable, graph, info);
            check("cuGraphExecUpdate", result, result == 0 ? "" : "CUgraphExecUpdateResult " + info.get(JAVA_INT, 0));
        } finally {
            StreamCalls.cuGraphDestroy(graph);
        }
    }

    @Override
    public void close() {
        card.enter();
        check("cuGraphExecDestroy", StreamCalls.cuGraphExecDestroy(executable));
    }
}
