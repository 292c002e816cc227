package tern.runtime.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.device.Kernel;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.Launch;

/// What the passes so far spent on one part of the model: a product, or another operation.
///
/// @param name     of the projection, or of the operation
/// @param launches of its kernel
/// @param bytes    of weights that these read
public record PassTime(String name, long launches, double seconds, long bytes) {

    /// A kernel, what it is for, and the bytes of weights that a launch of it reads.
    record Part(String name, Kernel kernel, long bytes) {}

    /// The kernels of launches, each once.
    static Collection<Part> parts(List<Launch> launches, StageWeights of, List<Projection> projections) {
        var parts = new LinkedHashMap<Kernel, Part>();
        var products = new LinkedHashMap<Kernel, Part>();
        for (Projection projection : projections) {
            Choice choice = of.plan().choice(projection.use().name());
            long bytes = choice.packing().bytes(projection.use().m(), projection.use().k()) * projection.weights().size();
            for (var stage : List.of(choice.step(), choice.batch())) {
                products.putIfAbsent(stage.multiply(), new Part(projection.use().name(), stage.multiply(), bytes));
                products.putIfAbsent(stage.prepare(), new Part("prepare", stage.prepare(), 0));
            }
        }
        for (Launch launch : launches) {
            Kernel kernel = launch.kernel();
            Part product = products.get(kernel);
            parts.putIfAbsent(kernel, product != null ? product : operation(launch, of.head()));
        }
        return parts.values();
    }

    private static Part operation(Launch launch, StageWeights.@Nullable Head head) {
        Kernel kernel = launch.kernel();
        String name = kernel.name().substring(0, Math.max(0, kernel.name().indexOf('_')));
        if (head == null || !name.equals("head") && !launch.arguments().contains(head.int8Head())) return new Part(name, kernel, 0);
        return new Part("head", kernel, name.equals("head") ? head.rows().bytes() : head.int8Head().bytes());
    }

    /// Of all kernels with one name together, in the order of their parts.
    static List<PassTime> of(Collection<Part> parts) {
        Map<String, PassTime> sums = new LinkedHashMap<>();
        for (Part part : parts) {
            Kernel.Spent spent = part.kernel.spent();
            sums.merge(part.name, new PassTime(part.name, spent.launches(), spent.seconds(), spent.launches() * part.bytes), PassTime::plus);
        }
        return new ArrayList<>(sums.values());
    }

    private PassTime plus(PassTime other) {
        return new PassTime(name, launches + other.launches, seconds + other.seconds, bytes + other.bytes);
    }
}
