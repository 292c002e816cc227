package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Launches as a graph, which is renewed where the numbers of a run change its steps.
final class GpuSequence implements Sequence {

    private record Part(GpuKernel kernel, Launch launch) {}

    private final Gpu gpu;
    private final Gpu.Stream stream;
    private final List<Part> parts;
    private Gpu.@Nullable Graph graph;
    private List<Gpu.Step> held = List.of();

    GpuSequence(Gpu gpu, Gpu.Stream stream, List<Launch> launches) {
        this.gpu = gpu;
        this.stream = stream;
        parts = launches.stream().map(GpuSequence::part).toList();
    }

    private static Part part(Launch launch) {
        if (!(launch.kernel() instanceof GpuKernel kernel))
            throw new IllegalArgumentException(launch.kernel().name() + " belongs to another device");
        return new Part(kernel, launch);
    }

    @Override
    public void run(int n, int position) {
        var steps = new ArrayList<Gpu.Step>();
        for (Part part : parts) steps.addAll(part.kernel.steps(part.launch.arguments(), n, position));
        if (steps.isEmpty()) return;
        Gpu.Graph own = graph;
        if (own == null || steps.size() != held.size()) {
            if (own != null) own.close();
            own = gpu.graph(steps);
            graph = own;
        } else if (!steps.equals(held)) own.renew(steps);
        held = steps;
        stream.give(own);
    }
}
