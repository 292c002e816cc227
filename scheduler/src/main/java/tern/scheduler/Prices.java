package tern.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import tern.ir.Interval;
import tern.ir.Memo;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CodePricer;
import tern.ir.device.CodePricer.Price;
import tern.ir.device.CompileException;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.cost.CostModel;
import tern.scheduler.problem.Problem;

/// Prices the code of the candidates that the formula ranks first, where there is somebody who makes it: the formula counts what a loop must do,
/// the code has all else, and ports and latencies are the processor's.
final class Prices {

    /// Candidates whose code is priced.
    static final int PRICED = 20;

    private static final @Nullable CodePricer PRICER = ServiceLoader.load(CodePricer.class).findFirst().orElse(null);

    private record Key(Problem problem, Packing packing, Schedule schedule, Target.Cpu target) {}

    /// Of several models' uses: a JVM that loads a second one of the same sizes prices nothing.
    private static final Memo<Key, Optional<Price>> PRICES = new Memo<>(4096);

    private Prices() {}

    /// Best first.
    ///
    /// @param ranked those that were priced, the others after them; last those whose innermost loops lack registers
    /// @param priced how many were
    record Result(List<Ranked> ranked, int priced) {

        boolean isPriced(Ranked one) {
            return ranked.subList(0, priced).contains(one);
        }
    }

    /// @param weights that are to be held: packings that hold others as well are priced after those that hold just these
    /// @param ranked  by the formula, best first
    static Result of(Problem problem, Interval weights, List<Ranked> ranked, Target target) {
        if (PRICER == null || !(target instanceof Target.Cpu cpu) || !cpu.machineCode()) return new Result(ranked, 0);
        List<Ranked> first = ranked.stream()
                .sorted(Comparator.comparing(one -> !one.packing().weights().equals(weights)))
                .limit(PRICED)
                .toList();
        Map<Ranked, Price> prices = new HashMap<>();
        first.parallelStream().map(one -> Map.entry(one, PRICES.get(new Key(problem, one.packing(), one.schedule(), cpu), Prices::price))).toList()
                .forEach(entry -> entry.getValue().ifPresent(price -> prices.put(entry.getKey(), price)));
        List<Ranked> good = new ArrayList<>(), others = new ArrayList<>(ranked), spilling = new ArrayList<>();
        for (Ranked one : first) {
            Price price = prices.get(one);
            if (price == null) continue;
            others.remove(one);
            if (price.spills() > 0) spilling.add(one);
            else good.add(priced(problem, one, price, cpu));
        }
        good.sort(Comparator.comparingDouble(Ranked::seconds));
        int priced = good.size();
        good.addAll(others);
        good.addAll(spilling);
        return new Result(good, priced);
    }

    private static Optional<Price> price(Key of) {
        if (PRICER == null) return Optional.empty();
        try {
            Program program = Lowering.of(of.problem, of.packing, of.schedule).multiply();
            return PRICER.price(program, of.target, Math.min(Candidates.BATCH, of.problem.tokens()));
        } catch (CompileException _) {
            return Optional.empty(); // the device that compiles it says why
        }
    }

    private static Ranked priced(Problem problem, Ranked one, Price price, Target.Cpu target) {
        double seconds = CostModel.seconds(price.cycles(), (double) problem.weightBytes(one.packing()),
                one.schedule() instanceof Schedule.Vector v && v.prefetch() > 0, target);
        return new Ranked(one.packing(), one.schedule(), seconds, one.vectorBits(), one.instructions());
    }
}
