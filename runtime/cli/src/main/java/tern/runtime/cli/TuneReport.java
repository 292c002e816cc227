package tern.runtime.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import tern.autotune.record.Outcome;
import tern.autotune.search.Preference;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.WholeModel;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;

/// What `tern tune` says when it is done.
final class TuneReport {

    private final PrintWriter out;
    private final Tuning tuning;
    private final Preference preference;

    TuneReport(PrintWriter out, Tuning tuning, Preference preference) {
        this.out = out;
        this.tuning = tuning;
        this.preference = preference;
    }

    static String shape(Use use) {
        return "%s %d x %d".formatted(use.name(), use.kernel().weights().size() * use.m(), use.k());
    }

    static String micros(double seconds) {
        return decimal(seconds * 1e6, 1);
    }

    static String millis(double seconds) {
        return digits(seconds * 1e3);
    }

    /// Three digits that count, or more before the point.
    static String digits(double value) {
        int digits = value > 0 ? 2 - (int) Math.floor(Math.log10(value)) : 0;
        return decimal(value, Math.clamp(digits, 0, 6));
    }

    static String percent(double share) {
        return decimal(100 * share, 0) + " %";
    }

    private static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    void print() {
        chosen();
        trials();
        if (tuning.results().stream().anyMatch(r -> r.chosen().isPresent() && r.costModel().isPresent())) bought();
        usual();
        twoCopies();
        threads();
        out.flush();
    }

    private void chosen() {
        var table = new Table("shape", "tokens", "chosen", "us", "noise", "GB/s", "of bandwidth", "cost model's us", "times faster");
        for (UseResult result : tuning.results()) {
            Optional<Pair> chosen = result.chosen(), model = result.costModel();
            if (chosen.isEmpty()) continue;
            row(table, result, 1, chosen.get().step(), model.map(Pair::step));
            row(table, result, result.use().maxTokens(), chosen.get().batch(), model.map(Pair::batch));
        }
        out.print(table);
        out.printf("us: median launch, activations prepared, weights cold; read bandwidth %s GB/s, measured between the trials%n",
                decimal(tuning.bandwidth() * 1e-9, 1));
        for (UseResult result : tuning.results())
            if (result.chosen().isEmpty()) out.printf("%s: nothing could be measured%n", shape(result.use()));
    }

    private void row(Table table, UseResult result, int tokens, Timed chosen, Optional<Timed> model) {
        double bytesPerSecond = chosen.contender().bytes() / chosen.median();
        table.row(
                shape(result.use()),
                tokens,
                chosen.contender().label(),
                micros(chosen.median()),
                "+-" + percent(chosen.seconds().spread() / 2),
                decimal(bytesPerSecond * 1e-9, 1),
                tokens == 1 ? percent(bytesPerSecond / tuning.bandwidth()) : "",
                model.map(m -> micros(m.median())).orElse("does not run"),
                model.map(m -> decimal(m.median() / chosen.median(), 2)).orElse(""));
    }

    /// How many were tried, and what became of the others.
    private void trials() {
        int tried = 0, pruned = 0;
        Map<String, Long> failed = new TreeMap<>();
        for (UseResult result : tuning.results())
            for (UseResult.Trace trace : List.of(result.step(), result.batch())) {
                tried += trace.outcomes().size();
                pruned += trace.pruned().size();
                for (Outcome.Reason reason : Outcome.Reason.values())
                    if (trace.failed(reason) > 0)
                        failed.merge(reason.name().toLowerCase(Locale.ROOT).replace('_', ' '), trace.failed(reason), Long::sum);
            }
        out.printf("%d candidates tried in %.0f s%s; %d left out%n", tried, tuning.seconds(),
                failed.isEmpty() ? ", all exact" : "; failed: " + failed.toString().replaceAll("[{}]", "").replace("=", " "), pruned);
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
        if (tuning.results().stream().noneMatch(r -> r.usual().isPresent())) return;
        out.println("the usual search beside this exhaustive one, both choices measured anew in turns:");
        var table = new Table("shape", "tokens", "usual search's choice", "us", "best of all", "us", "speed");
        for (UseResult result : tuning.results()) {
            if (result.usual().isEmpty() || result.chosen().isEmpty()) continue;
            Pair usual = result.usual().get(), best = result.chosen().get();
            beside(table, result, 1, usual.step(), best.step());
            if (result.use().maxTokens() > 1) beside(table, result, result.use().maxTokens(), usual.batch(), best.batch());
        }
        out.print(table);
        out.printf(Locale.ROOT, "all products of a token: the usual search's choice has %.1f %% of the best speed generating, %.1f %% reading a prompt%n",
                100 * total(step(r -> Optional.empty())) / total(step(UseResult::usual)),
                100 * total(batch(r -> Optional.empty())) / total(batch(UseResult::usual)));
    }

    private static void beside(Table table, UseResult result, int tokens, Timed usual, Timed best) {
        table.row(shape(result.use()), tokens, usual.contender().label(), micros(usual.median()), best.contender().label(), micros(best.median()),
                decimal(100 * best.median() / usual.median(), 1) + " %");
    }

    private interface Choice {
        Optional<Pair> of(UseResult result);
    }

    /// Where there is no such choice, the winner stands in.
    private void sums(Table table, String name, Choice choice) {
        table.row(name, millis(total(step(choice))), millis(total(batch(choice))));
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
                    shape(use), two.get().step().contender().packing().name(), two.get().batch().contender().packing().name(),
                    100 * saved, (two.get().bytes() - one.get().bytes()) * 1e-6 * use.count());
        }
    }

    private void threads() {
        if (tuning.threads().isEmpty()) return;
        ThreadSweep.Result best = tuning.threads().stream()
                .min(Comparator.comparingDouble(t -> preference.seconds(t.stepSeconds(), t.batchSeconds())))
                .orElseThrow();
        for (ThreadSweep.Result result : tuning.threads())
            out.printf("%d thread%s: %s ms a generated token, %s ms a token of a prompt%s%n",
                    result.threads(), result.threads() == 1 ? "" : "s", millis(result.stepSeconds()), millis(result.batchSeconds()),
                    result.equals(best) ? ", the fastest" : "");
        if (best.threads() != tuning.environment().threads())
            out.printf("run with --threads %d: that is faster than all %d%n", best.threads(), tuning.environment().threads());
    }

    /// The whole model, before and after.
    ///
    /// @param kept true if the winners are kept
    void print(WholeModel.Comparison whole, boolean kept) {
        var table = new Table("whole model, tokens/s", "cost model", "noise", "tuned", "noise", "times faster");
        speeds(table, "generation", whole.stepBefore(), whole.stepAfter());
        speeds(table, "prompt", whole.batchBefore(), whole.batchAfter());
        out.print(table);
        if (!kept) out.println("the whole model is no faster: the cost model's choices are kept");
        out.flush();
    }

    private static void speeds(Table table, String name, Samples before, Samples after) {
        table.row(
                name,
                decimal(1 / before.median(), 1),
                "+-" + percent(before.spread() / 2),
                decimal(1 / after.median(), 1),
                "+-" + percent(after.spread() / 2),
                decimal(before.median() / after.median(), 2));
    }
}
