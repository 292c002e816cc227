package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;

/// Many tokens through several sections: a thread for each, which runs one share of the tokens while the next section runs the share before.
/// Shares reach a section in their order, so that its cache grows as it does with one section alone, and so do the bits.
///
/// ```
/// section 0   share 0   share 1   share 2
/// section 1             share 0   share 1   share 2
/// ```
final class Pipeline {

    /// Tokens on their way: where they begin, how many, and their residual stream, f32 `[count, hidden]`.
    private record Share(int from, int count, MemorySegment stream) {}

    private final List<Section> sections;
    private final int batch, hidden;

    /// @param batch tokens of a share
    Pipeline(List<Section> sections, int batch, int hidden) {
        this.sections = sections;
        this.batch = batch;
        this.hidden = hidden;
    }

    /// @param position of the first token
    void run(int[] ids, int position) {
        var ways = new ArrayList<SynchronousQueue<Share>>();
        for (int s = 1; s < sections.size(); s++) ways.add(new SynchronousQueue<>());
        int shares = Math.ceilDiv(ids.length, batch);
        try (var threads = Executors.newFixedThreadPool(sections.size())) {
            var done = new ExecutorCompletionService<Integer>(threads);
            for (int s = 0; s < sections.size(); s++) {
                int at = s;
                done.submit(() -> {
                    for (int share = 0; share < shares; share++) work(at, ids, share, position, ways);
                    return at;
                });
            }
            try {
                for (int s = 0; s < sections.size(); s++) await(done);
            } finally {
                threads.shutdownNow(); // nobody waits for a section that has failed
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

    private void work(int at, int[] ids, int index, int position, List<SynchronousQueue<Share>> ways) throws InterruptedException {
        Section section = sections.get(at);
        Share share;
        if (at == 0) {
            int from = index * batch, count = Math.min(batch, ids.length - from);
            share = new Share(from, count, MemorySegment.NULL);
            section.tokens.write(0, MemorySegment.ofArray(ids).asSlice(4L * from, 4L * count));
        } else {
            share = ways.get(at - 1).take();
            section.x.write(0, share.stream);
        }
        section.run(share.count, position + share.from);
        if (at == sections.size() - 1) return;
        MemorySegment stream = Arena.ofAuto().allocate(4L * share.count * hidden, 64);
        section.x.read(0, stream);
        ways.get(at).put(new Share(share.from, share.count, stream));
    }
}
