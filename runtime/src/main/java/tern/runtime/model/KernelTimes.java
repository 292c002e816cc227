package tern.runtime.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// How long the multiply kernels of a model take with one token, on the model's own weights: a pass runs one use in all layers, so that
/// weights are as cold as in the model.
public final class KernelTimes {

    /// @param choice  what was chosen
    /// @param bytes   of weights that one launch reads
    /// @param seconds median of one launch
    public record Time(Choice choice, long bytes, double seconds) {
        public double bytesPerSecond() {
            return bytes / seconds;
        }
    }

    private KernelTimes() {}

    /// @param passes over all layers; the median is taken
    static List<Time> measure(
            Device device, ModelConfig config, List<Projection> projections, Plan plan, PackedWeights weights, int passes) {
        var times = new ArrayList<Time>();
        for (int p = 0; p < projections.size(); p++) {
            Projection projection = projections.get(p);
            Choice choice = plan.choice(projection.use().name());
            int m = projection.use().m();
            Buffer prepared = device.allocate(choice.step().preparedBytes());
            Buffer scale = device.allocate(4), residual = device.allocate(4L * m), result = device.allocate(4L * m);
            var launches = new ArrayList<Launch>();
            long bytes = 0;
            for (int layer = 0; layer < config.layers(); layer++) {
                var arguments = new ArrayList<Buffer>();
                var scales = new ArrayList<Buffer>();
                arguments.add(prepared);
                for (int w = 0; w < projection.weights().size(); w++) {
                    PackedWeights.Packed packed = weights.packed(layer, p, w);
                    arguments.add(device.share(packed.weights()));
                    scales.add(device.share(packed.scales()));
                    bytes += packed.weights().byteSize();
                }
                arguments.add(scale);
                arguments.addAll(scales);
                if (projection.use().kernel().find("r").isPresent()) arguments.add(residual);
                arguments.add(result);
                launches.add(new Launch(choice.step().multiply(), arguments));
            }
            times.add(new Time(choice, bytes / config.layers(), median(device, launches, passes) / config.layers()));
        }
        return times;
    }

    private static double median(Device device, List<Launch> launches, int passes) {
        Sequence sequence = device.sequence(launches);
        double[] seconds = new double[passes];
        sequence.run(1, 0);
        for (int i = 0; i < passes; i++) {
            long start = System.nanoTime();
            sequence.run(1, 0);
            device.await();
            seconds[i] = (System.nanoTime() - start) * 1e-9;
        }
        Arrays.sort(seconds);
        return seconds[passes / 2];
    }
}
