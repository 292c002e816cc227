package tern.runtime.model;

import java.util.ArrayList;
import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.Launch;
import tern.ir.device.Rounds;
import tern.ir.device.Samples;

/// How long the multiply kernels of a model take with one token, on the model's own weights. A pass runs all of them in the order of
/// the model, layer after layer, so that weights are as cold as they are there.
public final class KernelTimes {

    /// @param choice  what was chosen
    /// @param bytes   of weights that one launch reads
    /// @param seconds    median of one launch
    /// @param vectorised false if the device runs the kernel on scalars, which is right but slow
    public record Time(Choice choice, long bytes, double seconds, boolean vectorised) {
        public double bytesPerSecond() {
            return bytes / seconds;
        }
    }

    private final Device device;
    private final List<Projection> projections;
    private final Plan plan;
    private final List<StageWeights.Layer> layers;

    private KernelTimes(StageWeights part, List<Projection> projections) {
        device = part.device();
        this.projections = projections;
        plan = part.plan();
        layers = part.layers();
    }

    /// @param passes over all layers of the part
    static List<Time> measure(StageWeights part, List<Projection> projections, int passes) {
        return new KernelTimes(part, projections).measure(part.layers().size(), passes);
    }

    private List<Time> measure(int layers, int passes) {
        var launches = new ArrayList<List<Launch>>();
        for (int p = 0; p < projections.size(); p++) launches.add(launches(p, layers));
        List<Rounds.Work> works = launches.stream()
                .map(ofLayers -> (Rounds.Work) round -> {
                    Launch launch = ofLayers.get(round % layers);
                    launch.kernel().launch(launch.arguments(), 1, 0);
                })
                .toList();
        var rounds = new Rounds(device);
        rounds.time(layers, works); // warms up
        List<Samples> seconds = rounds.time(layers * passes, works);
        var times = new ArrayList<Time>();
        for (int p = 0; p < projections.size(); p++) {
            Projection projection = projections.get(p);
            Choice choice = plan.choice(projection.use().name());
            long bytes = choice.packing().bytes(projection.use().m(), projection.use().k()) * projection.weights().size();
            boolean vectorised = device.isVectorised(launches.get(p).getFirst(), 1);
            times.add(new Time(choice, bytes, seconds.get(p).median(), vectorised));
        }
        return times;
    }

    /// The step kernel of a projection on the weights of each layer; activations and results are shared and mean nothing.
    private List<Launch> launches(int p, int layers) {
        Projection projection = projections.get(p);
        Choice choice = plan.choice(projection.use().name());
        int m = projection.use().m();
        Buffer prepared = device.allocate(choice.step().preparedBytes());
        Buffer scale = device.allocate(4L * projection.use().k()), residual = device.allocate(4L * m), result = device.allocate(4L * m);
        var launches = new ArrayList<Launch>();
        for (int layer = 0; layer < layers; layer++) {
            var arguments = new ArrayList<Buffer>();
            arguments.add(prepared);
            arguments.addAll(this.layers.get(layer).weights().get(p));
            arguments.add(scale);
            arguments.addAll(this.layers.get(layer).scales().get(p));
            if (projection.use().kernel().find("r").isPresent()) arguments.add(residual);
            arguments.add(result);
            launches.add(new Launch(choice.step().multiply(), arguments));
        }
        return launches;
    }
}
