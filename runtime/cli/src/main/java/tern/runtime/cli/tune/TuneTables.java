package tern.runtime.cli.tune;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import tern.autotune.record.Outcome;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.WholeModel;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.report.BarCell;
import tern.runtime.cli.report.Grid;

/// What a tuning has found, as tables: text and page show the same.
record TuneTables(Tuning tuning) {

    /// What became of the candidates of all uses.
    ///
    /// @param failed how many, by reason
    record Fates(int tried, Map<String, Integer> failed, int pruned) {}

    /// What was tried for steps and for batches.
    void eachTrace(BiConsumer<Use, UseResult.Trace> said) {
        for (UseResult result : tuning.results()) Stream.of(result.step(), result.batch()).distinct().forEach(trace -> said.accept(result.use(), trace));
    }

    Fates fates() {
        int[] tried = {0}, pruned = {0};
        Map<String, Integer> failed = new TreeMap<>();
        eachTrace((_, trace) -> {
            tried[0] += trace.outcomes().size();
            pruned[0] += trace.pruned().size();
            for (Outcome outcome : trace.outcomes().values())
                if (outcome instanceof Outcome.Failed(Outcome.Reason reason, _)) failed.merge(Numbers.words(reason), 1, Integer::sum);
        });
        return new Fates(tried[0], failed, pruned[0]);
    }

    Grid chosen() {
        var grid = new Grid("shape", "tokens", "chosen", "µs", "noise", "GB/s", "of bandwidth", "cost model's µs", "times faster");
        for (UseResult result : tuning.results()) {
            if (result.chosen().isEmpty()) {
                grid.row(Numbers.shape(result.use()), "", "nothing could be measured", "", "", "", "", "", "");
                continue;
            }
            Pair pair = result.chosen().get();
            row(grid, result.use(), 1, pair.step(), result.costModel().map(Pair::step));
            if (isBatched(result)) row(grid, result.use(), result.use().maxTokens(), pair.batch(), result.costModel().map(Pair::batch));
        }
        return grid;
    }

    /// False where a launch has one token at most: a batch is a step.
    static boolean isBatched(UseResult result) {
        return result.use().maxTokens() > 1;
    }

    private void row(Grid grid, Use use, int tokens, Timed chosen, Optional<Timed> model) {
        double bytesPerSecond = chosen.candidate().bytes() / chosen.median();
        grid.row(
                Numbers.shape(use),
                tokens,
                chosen.candidate().label(),
                Numbers.micros(chosen.median()),
                Numbers.noise(chosen.seconds()),
                Numbers.decimal(bytesPerSecond * 1e-9, 1),
                tokens == 1 ? BarCell.of(bytesPerSecond / tuning.bandwidth()) : "",
                model.map(m -> Numbers.micros(m.median())).orElse("does not run"),
                model.map(m -> Numbers.decimal(m.median() / chosen.median(), 2)).orElse(""));
    }

    /// How much of what all candidates can give the usual search finds; empty unless the search was exhaustive.
    Grid usual() {
        var grid = new Grid("shape", "tokens", "usual search's choice", "µs", "best of all", "µs", "of the best speed");
        for (UseResult result : tuning.results()) {
            if (result.usual().isEmpty() || result.chosen().isEmpty()) continue;
            Pair usual = result.usual().get(), best = result.chosen().get();
            beside(grid, result.use(), 1, usual.step(), best.step());
            if (isBatched(result)) beside(grid, result.use(), result.use().maxTokens(), usual.batch(), best.batch());
        }
        return grid;
    }

    private static void beside(Grid grid, Use use, int tokens, Timed usual, Timed best) {
        grid.row(Numbers.shape(use), tokens, usual.candidate().label(), Numbers.micros(usual.median()), best.candidate().label(),
                Numbers.micros(best.median()), Numbers.decimal(100 * best.median() / usual.median(), 1) + " %");
    }

    /// All products of a token with the chosen kernels; empty if no other number of threads was tried.
    Grid threads() {
        var grid = new Grid("threads", "a generated token, ms", "a token of a prompt, ms");
        for (ThreadSweep.Result one : tuning.threads())
            grid.row(one.threads(), Numbers.millis(one.stepSeconds()), Numbers.millis(one.batchSeconds()));
        return grid;
    }

    /// The whole model, before and after.
    static Grid whole(WholeModel.Comparison whole) {
        var grid = new Grid("whole model, tokens/s", "cost model", "noise", "tuned", "noise", "times faster");
        speeds(grid, "generation", whole.stepBefore(), whole.stepAfter());
        speeds(grid, "prompt", whole.batchBefore(), whole.batchAfter());
        return grid;
    }

    private static void speeds(Grid grid, String name, Samples before, Samples after) {
        grid.row(name, Numbers.decimal(1 / before.median(), 1), Numbers.noise(before), Numbers.decimal(1 / after.median(), 1),
                Numbers.noise(after), Numbers.decimal(before.median() / after.median(), 2));
    }
}
