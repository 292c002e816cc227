package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Launches as graphs, one for each number of tokens that was run lately. Where every kernel finds its position in memory, a graph is
/// made once and then only launched: one call of the driver for a token. Else it is renewed when its steps change.
final class GpuSequence implements Sequence {

    /// Graphs that are kept: a token, a whole batch, and some that end a prompt.
    private static final int KEPT = 6;

    private record Part(GpuKernel kernel, Launch launch) {}

    /// @param steps that it was made or renewed from
    private record Made(Gpu.Graph graph, List<Gpu.Step> steps) {}

    private final Gpu gpu;
    private final Gpu.Stream stream;
    private final Position position;
    private final List<Part> parts;
    private final boolean steady;
    /// By number of tokens, the youngest last.
    private final LinkedHashMap<Integer, Made> graphs = new LinkedHashMap<>();
    /// What has been checked: sizes grow with n and with the last position.
    private int checkedN, checkedEnd;

    GpuSequence(Gpu gpu, Gpu.Stream stream, Position position, List<Launch> launches) {
        this.gpu = gpu;
        this.stream = stream;
        this.position = position;
        parts = launches.stream().map(GpuSequence::part).toList();
        steady = parts.stream().allMatch(part -> part.kernel.isSteady());
    }

    private static Part part(Launch launch) {
        if (!(launch.kernel() instanceof GpuKernel kernel))
            throw new IllegalArgumentException(launch.kernel().name() + " belongs to another device");
        return new Part(kernel, launch);
    }

    @Override
    public void run(int n, int position) {
        if (n < 1 || position < 0 || n > checkedN || position + n > checkedEnd) check(n, position);
        if (parts.isEmpty()) return;
        Made made = graphs.remove(n); // put back as the youngest
        if (made == null) made = make(n, position);
        else if (!steady) made = renewed(made, n, position);
        graphs.put(n, made);
        this.position.set(position);
        stream.give(made.graph);
    }

    private void check(int n, int position) {
        for (Part part : parts) part.kernel.check(part.launch.arguments(), n, position);
        checkedN = Math.max(checkedN, n);
        checkedEnd = Math.max(checkedEnd, position + n);
    }

    private Made make(int n, int position) {
        if (graphs.size() == KEPT) graphs.pollFirstEntry().getValue().graph.close();
        List<Gpu.Step> steps = steps(n, position);
        return new Made(gpu.graph(steps), steps);
    }

    private Made renewed(Made made, int n, int position) {
        List<Gpu.Step> steps = steps(n, position);
        if (!steps.equals(made.steps)) made.graph.renew(steps);
        return new Made(made.graph, steps);
    }

    private List<Gpu.Step> steps(int n, int position) {
        var steps = new ArrayList<Gpu.Step>();
        for (Part part : parts) steps.addAll(part.kernel.steps(part.launch.arguments(), n, position));
        return steps;
    }
}
