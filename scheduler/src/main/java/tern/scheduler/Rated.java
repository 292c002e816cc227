package tern.scheduler;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Target;
import tern.scheduler.problem.Problem;

/// A packing that can serve a use, with the schedules that apply, as the cost model sees them, and on a CPU the prices of the best ones' code.
///
/// @param step  for one token, best first, at least one
/// @param batch for the use's largest n, best first, at least one
public record Rated(Packing packing, List<Candidates.Ranked> step, List<Candidates.Ranked> batch) {

    public Rated {
        step = List.copyOf(step);
        batch = List.copyOf(batch);
    }

    /// All packings that can serve a use, best first.
    ///
    /// @param packings from which to choose
    public static List<Rated> of(Use use, List<Packing> packings, Target target) {
        return of(use, packings, target, true);
    }

    /// @param priced whether code is made and priced, or the formula has the last word
    static List<Rated> of(Use use, List<Packing> packings, Target target, boolean priced) {
        int tokens = Candidates.tokens(use.maxTokens(), target);
        // In parallel: at the start of a program all of this is interpreted.
        List<Rated> all = packings.parallelStream().flatMap(packing -> of(use, packing, target).stream()).toList();
        Prices.Result step = ranked(use, 1, all.stream().flatMap(one -> one.step.stream()), target, priced);
        Prices.Result batch =
                use.maxTokens() == 1 ? step : ranked(use, use.maxTokens(), all.stream().flatMap(one -> one.batch.stream()), target, priced);
        return all.stream()
                .map(one -> new Rated(one.packing, own(one, step), own(one, batch)))
                .sorted(Comparator.comparing((Rated one) -> !step.isPriced(one.step.getFirst()) || !batch.isPriced(one.batch.getFirst()))
                        .thenComparingDouble(one -> one.seconds(tokens)))
                .toList();
    }

    private static Prices.Result ranked(Use use, int maxTokens, Stream<Candidates.Ranked> all, Target target, boolean priced) {
        List<Candidates.Ranked> sorted = all.sorted(Comparator.comparingDouble(Candidates.Ranked::seconds)).toList();
        if (!priced) return new Prices.Result(sorted, 0);
        return Prices.of(new Problem(use.kernel(), use.m(), use.k(), maxTokens), use.weights(), sorted, target);
    }

    private static List<Candidates.Ranked> own(Rated one, Prices.Result result) {
        return result.ranked().stream().filter(ranked -> ranked.packing().equals(one.packing)).toList();
    }

    private static Optional<Rated> of(Use use, Packing packing, Target target) {
        List<Candidates.Ranked> step = ranked(use, 1, packing, target);
        if (step.isEmpty()) return Optional.empty();
        List<Candidates.Ranked> batch = ranked(use, use.maxTokens(), packing, target);
        return batch.isEmpty() ? Optional.empty() : Optional.of(new Rated(packing, step, batch));
    }

    private static List<Candidates.Ranked> ranked(Use use, int maxTokens, Packing packing, Target target) {
        return Candidates.of(new Problem(use.kernel(), use.m(), use.k(), maxTokens), List.of(packing), target).ranked();
    }

    /// Predicted: a step plus a batch's share for one token.
    private double seconds(int tokens) {
        return step.getFirst().seconds() + batch.getFirst().seconds() / tokens;
    }
}
