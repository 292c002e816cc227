package tern.runtime.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.device.Kernel;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.Launch;

/// What the passes so far spent on one part of the model: a product, or another operation.
///
/// @param name     of the projection, or of the operation
/// @param schedule in short
/// @param code     what the kernel is, see [Kernel#code()]
/// @param launches of its kernel
/// @param bytes    of weights that these read
public record PassTime(String name, String schedule, String code, long launches, double seconds, long bytes) {

    /// A kernel, what it is for, and the bytes of weights that a launch of it reads.
    ///
    /// @param name     of the projection, or of the operation
    /// @param schedule in short; empty where there is no choice
    public record Part(String name, String schedule, Kernel kernel, long bytes) {}

    /// The kernels of launches, each once.
    static Collection<Part> parts(List<Launch> launches, StageWeights of, List<Projection> projections) {
        var parts = new LinkedHashMap<Kernel, Part>();
        var products = new LinkedHashMap<Kernel, Part>();
        for (Projection projection : projections) {
            Choice choice = of.plan().choice(projection.use().name());
            long bytes = choice.packing().bytes(projection.use().m(), projection.use().k()) * projection.weights().size();
            for (var stage : List.of(choice.step(), choice.batch())) {
                products.putIfAbsent(stage.multiply(), new Part(projection.use().name(), stage.schedule().brief(), stage.multiply(), bytes));
                products.putIfAbsent(stage.prepare(), new Part("prepare", "", stage.prepare(), 0));
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
        if (head == null || !name.equals("head") && !launch.arguments().contains(head.int8Head())) return new Part(name, kernel.schedule(), kernel, 0);
        return new Part("head", kernel.schedule(), kernel, name.equals("head") ? head.rows().bytes() : head.int8Head().bytes());
    }

    /// Of all kernels with one name and schedule together, in the order of their parts.
    static List<PassTime> of(Collection<Part> parts) {
        Map<String, PassTime> sums = new LinkedHashMap<>();
        for (Part part : parts) {
            Kernel.Spent spent = part.kernel.spent();
            sums.merge(part.name + " " + part.schedule,
                    new PassTime(part.name, part.schedule, part.kernel.code(), spent.launches(), spent.seconds(), spent.launches() * part.bytes),
                    PassTime::plus);
        }
        return new ArrayList<>(sums.values());
    }

    /// What came between, of parts that were launched then.
    ///
    /// @param before of the same parts
    public static List<PassTime> between(List<PassTime> before, List<PassTime> after) {
        return IntStream.range(0, after.size()).mapToObj(i -> after.get(i).minus(before.get(i))).filter(time -> time.launches > 0).toList();
    }

    /// What came since.
    public PassTime minus(PassTime before) {
        return new PassTime(name, schedule, code, launches - before.launches, seconds - before.seconds, bytes - before.bytes);
    }

    private PassTime plus(PassTime other) {
        return new PassTime(name, schedule, code, launches + other.launches, seconds + other.seconds, bytes + other.bytes);
    }
}
