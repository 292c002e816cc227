package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Launches as graphs, one for each number of tokens that was run lately. Since kernels find their position in memory, a graph is made once
/// and then only launched: one call of the driver for a token. It is renewed when a number of blocks changes, as attention's does
/// with every part of the context.
final class GpuSequence implements Sequence {

    /// Graphs that are kept: a token, a whole batch, and some that end a prompt.
    private static final int KEPT = 6;

    /// Makes one of two programs that follow each other.
    interface Joiner {
        /// Both for one token, null if each needs a launch of its own.
        GpuKernel.@Nullable Run join(GpuKernel.Run first, GpuKernel.Run second);
    }

    private record BoundKernel(GpuKernel kernel, Launch launch) {}

    /// @param moving programs whose number of blocks depends on the position
    /// @param grids  their blocks when it was made or renewed
    private record Made(Gpu.Graph graph, List<ProgramKernel> moving, List<Gpu.Extent> grids) {}

    private final Gpu gpu;
    private final Gpu.Stream stream;
    private final Position position;
    private final Joiner joiner;
    private final List<BoundKernel> parts;
    /// By number of tokens, the youngest last.
    private final LinkedHashMap<Integer, Made> graphs = new LinkedHashMap<>();
    /// The last position that has been checked: sizes grow with it.
    private int checkedEnd;

    GpuSequence(Gpu gpu, Gpu.Stream stream, Position position, Joiner joiner, List<Launch> launches) {
        this.joiner = joiner;
        this.gpu = gpu;
        this.stream = stream;
        this.position = position;
        parts = launches.stream().map(GpuSequence::part).toList();
    }

    private static BoundKernel part(Launch launch) {
        if (!(launch.kernel() instanceof GpuKernel kernel))
            throw new IllegalArgumentException(launch.kernel().name() + " belongs to another device");
        return new BoundKernel(kernel, launch);
    }

    @Override
    public void run(int n, int position) {
        if (n < 1 || position < 0 || position + n > checkedEnd || !graphs.containsKey(n)) check(n, position);
        if (parts.isEmpty()) return;
        Made made = graphs.remove(n); // put back as the youngest
        if (made == null) made = make(n, position);
        else if (!made.moving.isEmpty()) made = renewed(made, n, position);
        graphs.put(n, made);
        this.position.set(position);
        stream.give(made.graph);
    }

    private void check(int n, int position) {
        for (BoundKernel part : parts) part.kernel.check(part.launch.arguments(), n, position);
        checkedEnd = Math.max(checkedEnd, position + n);
    }

    private Made make(int n, int position) {
        if (graphs.size() == KEPT) graphs.pollFirstEntry().getValue().graph.close();
        List<ProgramKernel> moving = parts.stream().flatMap(part -> part.kernel.moving(n)).distinct().toList();
        return new Made(gpu.graph(steps(n, position)), moving, grids(moving, n, position));
    }

    private Made renewed(Made made, int n, int position) {
        List<Gpu.Extent> grids = grids(made.moving, n, position);
        if (grids.equals(made.grids)) return made;
        made.graph.renew(steps(n, position));
        return new Made(made.graph, made.moving, grids);
    }

    private static List<Gpu.Extent> grids(List<ProgramKernel> moving, int n, int position) {
        return moving.stream().map(kernel -> kernel.grid(n, position)).toList();
    }

    private List<Gpu.Step> steps(int n, int position) {
        var runs = new ArrayList<GpuKernel.Run>();
        for (BoundKernel part : parts)
            for (GpuKernel.Run run : part.kernel.runs(part.launch.arguments(), n)) {
                GpuKernel.Run both = n > 1 || runs.isEmpty() ? null : joiner.join(runs.getLast(), run);
                if (both != null) runs.removeLast();
                runs.add(both == null ? run : both);
            }
        return runs.stream().map(run -> run.step(n, position)).toList();
    }
}
