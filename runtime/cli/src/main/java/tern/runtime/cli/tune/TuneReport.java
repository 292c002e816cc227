package tern.runtime.cli.tune;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import tern.autotune.search.Preference;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.WholeModel;
import tern.ir.device.KernelLibrary.Use;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Table;

/// What `tern tune` says when it is done.
public final class TuneReport {

    private final PrintWriter out;
    private final Tuning tuning;
    private final TuneTables tables;
    private final Preference preference;

    public TuneReport(PrintWriter out, Tuning tuning, Preference preference) {
        this.out = out;
        this.tuning = tuning;
        tables = new TuneTables(tuning);
        this.preference = preference;
    }

    public void print() {
        chosen();
        trials();
        if (tuning.results().stream().anyMatch(r -> r.chosen().isPresent() && r.costModel().isPresent())) bought();
        usual();
        twoCopies();
        threads();
        out.flush();
    }

    private void chosen() {
        out.print(Table.of(tables.chosen()));
        out.printf("us: median launch, activations prepared, weights cold; read bandwidth %s GB/s, measured between the trials%n",
                Numbers.decimal(tuning.bandwidth() * 1e-9, 1));
    }

    /// How many were tried, and what became of the others.
    private void trials() {
        TuneTables.Fates fates = tables.fates();
        String became = fates.failed().isEmpty() ? fates.tried() == 0 ? "" : ", all exact"
                : "; failed: " + fates.failed().toString().replaceAll("[{}]", "").replace("=", " ");
        out.printf("%d candidates tried in %.0f s%s; %d left out%n", fates.tried(), tuning.seconds(), became, fates.pruned());
    }

    private double total(ToDoubleFunction<UseResult> secondsOfOne) {
        return tuning.results().stream().mapToDouble(r -> r.use().count() * secondsOfOne.applyAsDouble(r)).sum();
    }

    /// What schedules alone bought, and what other packings bought beyond that: for all products of a token.
    private void bought() {
        out.println("all products of a token, ms:");
        var table = new Table("", "generated", "of a prompt");
        sums(table, "cost model's choice", UseResult::costModel);
        sums(table, "best schedules, same packings", UseResult::samePacking);
        sums(table, "chosen", r -> Optional.empty());
        boolean earlier = tuning.results().stream().anyMatch(r -> r.earlier().isPresent());
        if (earlier) sums(table, "chosen by an earlier tuning", UseResult::earlier);
        out.print(table);
        if (earlier)
            out.printf(Locale.ROOT, "the earlier tuning's choice has %.1f %% of this one's speed generating, %.1f %% reading a prompt%n",
                    100 * total(step(r -> Optional.empty())) / total(step(UseResult::earlier)),
                    100 * total(batch(r -> Optional.empty())) / total(batch(UseResult::earlier)));
    }

    /// How much of what all candidates can give the usual search finds.
    private void usual() {
        if (tables.usual().isEmpty()) return;
        out.println("the usual search beside this exhaustive one, both choices measured anew in turns:");
        out.print(Table.of(tables.usual()));
        out.printf(Locale.ROOT, "all products of a token: the usual search's choice has %.1f %% of the best speed generating, %.1f %% reading a prompt%n",
                100 * total(step(r -> Optional.empty())) / total(step(UseResult::usual)),
                100 * total(batch(r -> Optional.empty())) / total(batch(UseResult::usual)));
    }

    private interface Choice {
        Optional<Pair> of(UseResult result);
    }

    /// Where there is no such choice, the winner stands in.
    private void sums(Table table, String name, Choice choice) {
        table.row(name, Numbers.millis(total(step(choice))), Numbers.millis(total(batch(choice))));
    }

    private static ToDoubleFunction<UseResult> step(Choice choice) {
        return r -> pair(r, choice).map(p -> p.step().median()).orElse(0.0);
    }

    private static ToDoubleFunction<UseResult> batch(Choice choice) {
        return r -> pair(r, choice).map(p -> p.batch().median() / r.use().maxTokens()).orElse(0.0);
    }

    private static Optional<Pair> pair(UseResult result, Choice choice) {
        return choice.of(result).or(result::chosen);
    }

    private void twoCopies() {
        for (UseResult result : tuning.results()) {
            Optional<Pair> one = result.chosen(), two = result.twoCopies();
            if (one.isEmpty() || two.isEmpty() || two.get().isOnePacking()) continue;
            Use use = result.use();
            double saved = 1 - two.get().seconds(use, preference) / one.get().seconds(use, preference);
            out.printf(Locale.ROOT, "%s: a second copy (%s for steps, %s for batches) would save %.1f %% for %.0f MB; one is kept%n",
                    Numbers.shape(use), two.get().step().candidate().packing().name(), two.get().batch().candidate().packing().name(),
                    100 * saved, (two.get().bytes() - one.get().bytes()) * 1e-6 * use.count());
        }
    }

    private void threads() {
        if (tuning.threads().isEmpty()) return;
        ThreadSweep.Result best = tuning.threads().stream()
                .min(Comparator.comparingDouble(t -> preference.seconds(t.stepSeconds(), t.batchSeconds())))
                .orElseThrow();
        out.print(Table.of(tables.threads()));
        if (best.threads() != tuning.environment().threads())
            out.printf("run with --threads %d: that is faster than all %d%n", best.threads(), tuning.environment().threads());
    }

    /// The whole model, before and after.
    ///
    /// @param kept true if the winners are kept
    public void print(WholeModel.Comparison whole, boolean kept) {
        out.print(Table.of(TuneTables.whole(whole)));
        if (!kept) out.println("the whole model is no faster: the cost model's choices are kept");
        out.flush();
    }
}
