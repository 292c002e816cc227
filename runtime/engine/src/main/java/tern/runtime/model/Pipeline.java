package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;

/// Many tokens through several stages: a thread for each, which runs one micro-batch of the tokens while the next stage runs the micro-batch before.
/// Micro-batches reach a stage in their order, so that its cache grows as it does with one stage alone, and so do the bits.
///
/// ```
/// stage 0   micro-batch 0   micro-batch 1   micro-batch 2
/// stage 1             micro-batch 0   micro-batch 1   micro-batch 2
/// ```
final class Pipeline {

    /// Tokens on their way: where they begin, how many, and their residual stream, f32 `[count, hidden]`.
    private record MicroBatch(int from, int count, MemorySegment stream) {}

    private final List<PipelineStage> stages;
    private final int batch, hidden;

    /// @param batch tokens of a micro-batch
    Pipeline(List<PipelineStage> stages, int batch, int hidden) {
        this.stages = stages;
        this.batch = batch;
        this.hidden = hidden;
    }

    /// @param position of the first token
    void run(int[] ids, int position) {
        var ways = new ArrayList<SynchronousQueue<MicroBatch>>();
        for (int s = 1; s < stages.size(); s++) ways.add(new SynchronousQueue<>());
        int parts = Math.ceilDiv(ids.length, batch);
        try (var threads = Executors.newFixedThreadPool(stages.size())) {
            var done = new ExecutorCompletionService<Integer>(threads);
            for (int s = 0; s < stages.size(); s++) {
                int at = s;
                done.submit(() -> {
                    for (int part = 0; part < parts; part++) work(at, ids, part, position, ways);
                    return at;
                });
            }
            try {
                for (int s = 0; s < stages.size(); s++) await(done);
            } finally {
                threads.shutdownNow(); // nobody waits for a stage that has failed
            }
        }
    }

    private static void await(ExecutorCompletionService<Integer> done) {
        try {
            done.take().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a pass over several devices", e);
        }
    }

    private void work(int at, int[] ids, int index, int position, List<SynchronousQueue<MicroBatch>> ways) throws InterruptedException {
        PipelineStage stage = stages.get(at);
        MicroBatch part;
        if (at == 0) {
            int from = index * batch, count = Math.min(batch, ids.length - from);
            part = new MicroBatch(from, count, MemorySegment.NULL);
            stage.tokens.write(0, MemorySegment.ofArray(ids).asSlice(4L * from, 4L * count));
        } else {
            part = ways.get(at - 1).take();
            stage.x.write(0, part.stream);
        }
        stage.run(part.count, position + part.from);
        if (at == stages.size() - 1) return;
        MemorySegment stream = Arena.ofAuto().allocate(4L * part.count * hidden, 64);
        stage.x.read(0, stream);
        ways.get(at).put(new MicroBatch(part.from, part.count, stream));
    }
}
