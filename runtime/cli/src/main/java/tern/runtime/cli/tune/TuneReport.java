package tern.runtime.cli.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.search.Preference;
import tern.autotune.search.Pruned;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.TuningCandidate;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.UseResult.Trace;
import tern.autotune.search.WholeModel;
import tern.ir.device.KernelLibrary.Use;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.report.Axis;
import tern.runtime.cli.report.Figure;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Plot;
import tern.runtime.cli.report.Report;

/// A tuning as a report: what was chosen, every candidate as a point under the roofline, what failed or was left out, and why.
public final class TuneReport {

    private final Tuning tuning;
    private final TuneTables tables;
    private final Preference preference;
    private final Report report;

    private TuneReport(Tuning tuning, Preference preference, String at) {
        this.tuning = tuning;
        tables = new TuneTables(tuning);
        this.preference = preference;
        Environment here = tuning.environment();
        report = new Report("Tuned kernels", "%s · %d threads · JDK %s · generation %s · %s".formatted(
                here.processor(), here.threads(), here.jdk(), here.generation(), at));
        report.line("%s, %d threads", here.processor(), here.threads());
    }

    /// @param whole null if no whole model was run
    /// @param kept  true if the winners are kept
    /// @param of    uses that were to be tuned
    /// @param at    when it was measured
    public static Report of(Tuning tuning, Preference preference, WholeModel.@Nullable Comparison whole, boolean kept, int of, String at) {
        var report = new TuneReport(tuning, preference, at);
        report.fill(whole, kept, of);
        return report.report;
    }

    private void fill(WholeModel.@Nullable Comparison whole, boolean kept, int of) {
        report.fields().with(TuneJson.of(tuning, whole));
        chosen();
        trials();
        if (tuning.results().stream().anyMatch(r -> r.chosen().isPresent() && r.costModel().isPresent())) bought();
        usual();
        twoCopies();
        threads();
        if (whole != null) report.add(TuneTables.whole(whole));
        if (!kept) report.note("the whole model is no faster: the cost model's choices are kept");
        if (whole != null) report.line("the head is no choice: there is one way to compute it, from the file's own embedding");
        roofline();
        notUsed();
        if (tuning.complete() && tuning.isCostModels()) report.line("the cost model's choices won everywhere: nothing changes");
        if (!tuning.complete())
            report.line("not finished: %d of %d shapes are tuned; what was measured is kept, and the next tuning goes on from there",
                    tuning.results().stream().filter(r -> r.chosen().isPresent()).count(), of);
    }

    private void chosen() {
        TuneTables.Fates fates = tables.fates();
        report.figures(List.of(
                new Figure("read bandwidth", Numbers.decimal(tuning.bandwidth() * 1e-9, 1) + " GB/s"),
                new Figure("candidates tried", String.valueOf(fates.tried())),
                new Figure("of them failed", String.valueOf(fates.failed().values().stream().mapToInt(Integer::intValue).sum())),
                new Figure("left out untried", String.valueOf(fates.pruned())),
                new Figure("time of the search", Numbers.decimal(tuning.seconds(), 0) + " s")));
        if (!tuning.complete()) report.say("The search was stopped, or its time did not suffice: some shapes or candidates are missing here.");
        report.heading("What was chosen");
        report.say("Median of one launch: activations prepared, weights as cold as in a model. The share is that of the read bandwidth "
                + "measured between the trials; for a batch it means little, since arithmetic limits it.");
        report.add(tables.chosen());
        report.line("us: median launch, activations prepared, weights cold; read bandwidth %s GB/s, measured between the trials",
                Numbers.decimal(tuning.bandwidth() * 1e-9, 1));
    }

    /// How many were tried, and what became of the others.
    private void trials() {
        TuneTables.Fates fates = tables.fates();
        String became = fates.failed().isEmpty() ? fates.tried() == 0 ? "" : ", all exact"
                : "; failed: " + fates.failed().toString().replaceAll("[{}]", "").replace("=", " ");
        report.line("%d candidates tried in %.0f s%s; %d left out", fates.tried(), tuning.seconds(), became, fates.pruned());
    }

    private double total(ToDoubleFunction<UseResult> secondsOfOne) {
        return tuning.results().stream().mapToDouble(r -> r.use().count() * secondsOfOne.applyAsDouble(r)).sum();
    }

    /// What schedules alone bought, and what other packings bought beyond that: for all products of a token.
    private void bought() {
        report.note("all products of a token, ms:");
        var table = new Grid("", "generated", "of a prompt");
        sums(table, "cost model's choice", UseResult::costModel);
        sums(table, "best schedules, same packings", UseResult::samePacking);
        sums(table, "chosen", r -> Optional.empty());
        boolean earlier = tuning.results().stream().anyMatch(r -> r.earlier().isPresent());
        if (earlier) sums(table, "chosen by an earlier tuning", UseResult::earlier);
        report.add(table);
        if (earlier)
            report.line("the earlier tuning's choice has %.1f %% of this one's speed generating, %.1f %% reading a prompt",
                    100 * total(step(r -> Optional.empty())) / total(step(UseResult::earlier)),
                    100 * total(batch(r -> Optional.empty())) / total(batch(UseResult::earlier)));
    }

    /// How much of what all candidates can give the usual search finds.
    private void usual() {
        if (tables.usual().isEmpty()) return;
        report.heading("The usual search compared with the exhaustive one");
        report.say(
                "What a search of usual length, without any records, chose in the same process. Both choices were measured anew, in turns, after they were made.");
        report.line("the usual search compared with this exhaustive one, both choices measured anew in turns:");
        report.add(tables.usual());
        report.line("all products of a token: the usual search's choice has %.1f %% of the best speed generating, %.1f %% reading a prompt",
                100 * total(step(r -> Optional.empty())) / total(step(UseResult::usual)),
                100 * total(batch(r -> Optional.empty())) / total(batch(UseResult::usual)));
    }

    private interface Choice {
        Optional<Pair> of(UseResult result);
    }

    /// Where there is no such choice, the winner stands in.
    private void sums(Grid table, String name, Choice choice) {
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
            report.line("%s: a second copy (%s for steps, %s for batches) would save %.1f %% for %.0f MB; one is kept",
                    Numbers.shape(use), two.get().step().candidate().packing().name(), two.get().batch().candidate().packing().name(),
                    100 * saved, (two.get().bytes() - one.get().bytes()) * 1e-6 * use.count());
        }
    }

    private void threads() {
        if (tuning.threads().isEmpty()) return;
        ThreadSweep.Result best = tuning.threads().stream()
                .min(Comparator.comparingDouble(t -> preference.seconds(t.stepSeconds(), t.batchSeconds())))
                .orElseThrow();
        report.heading("Fewer threads").say("All products of a token with the chosen kernels.").add(tables.threads());
        if (best.threads() != tuning.environment().threads())
            report.line("run with --threads %d: that is faster than all %d", best.threads(), tuning.environment().threads());
    }

    private void roofline() {
        report.heading("Roofline");
        report.say("Each mark is a candidate that was timed, all of them with results equal to the reference; point at one for its "
                + "name. A column is a packing: fewer bits a weight lie further to the right. The line is what the read bandwidth allows.");
        report.add(roofline("A generated token: one token a launch", UseResult::step, r -> r.chosen().map(Pair::step)));
        if (tuning.results().stream().anyMatch(TuneTables::isBatched))
            report.add(roofline("A prompt: a batch of tokens a launch", UseResult::batch, r -> r.chosen().map(Pair::batch)));
    }

    private Plot roofline(String title, Function<UseResult, Trace> trace, Function<UseResult, Optional<Timed>> winner) {
        var series = new ArrayList<Plot.Series>();
        var named = new ArrayList<Plot.Named>();
        double least = Double.POSITIVE_INFINITY, most = 0;
        for (UseResult result : tuning.results()) {
            var points = new ArrayList<Plot.Point>();
            Trace tried = trace.apply(result);
            double work = work(result.use(), tried);
            tried.outcomes().forEach((candidate, outcome) -> {
                if (outcome instanceof Outcome.Measured measured)
                    points.add(point(work, candidate, measured.seconds()));
            });
            for (Plot.Point point : points) {
                least = Math.min(least, point.x());
                most = Math.max(most, point.x());
            }
            series.add(new Plot.Series(Numbers.shape(result.use()), points, false));
            winner.apply(result).ifPresent(timed -> named.add(new Plot.Named(
                    work / timed.candidate().bytes(), work / timed.median() * 1e-9,
                    result.use().name() + ": " + timed.candidate().label())));
        }
        if (most > 0) series.add(roof(least, most));
        return new Plot(title, new Axis("multiply-adds for each byte of weights", Axis.Kind.LOGARITHMIC),
                new Axis("billion multiply-adds a second", Axis.Kind.LOGARITHMIC), series, named);
    }

    private Plot.Series roof(double least, double most) {
        double gigabytes = tuning.bandwidth() * 1e-9;
        double from = least / 1.02, to = most * 1.02;
        return new Plot.Series(
                "read bandwidth, %s GB/s".formatted(Numbers.decimal(gigabytes, 1)),
                List.of(new Plot.Point(from, from * gigabytes, ""), new Plot.Point(to, to * gigabytes, "")), true);
    }

    /// Multiply-adds of one launch.
    private static double work(Use use, Trace trace) {
        return (double) use.kernel().weights().size() * use.m() * use.k() * trace.problem().maxTokens();
    }

    private static Plot.Point point(double work, TuningCandidate candidate, double seconds) {
        return new Plot.Point(work / candidate.bytes(), work / seconds * 1e-9, "%s: %s µs, %s GB/s".formatted(
                candidate.label(), Numbers.micros(seconds), Numbers.decimal(candidate.bytes() / seconds * 1e-9, 1)));
    }

    private void notUsed() {
        var failed = new Grid("shape", "tokens", "candidate", "reason", "what happened");
        var reasons = new TreeMap<String, Integer>();
        tables.eachTrace((use, trace) -> {
            trace.outcomes().forEach((candidate, outcome) -> {
                if (outcome instanceof Outcome.Failed(var reason, var detail))
                    failed.row(Numbers.shape(use), trace.problem().maxTokens(), candidate.label(), Numbers.words(reason), detail);
            });
            for (Pruned one : trace.pruned()) reasons.merge(kind(one.reason()), 1, Integer::sum);
        });
        report.heading("Failed");
        if (failed.isEmpty()) report.say("None of the candidates that were tried.");
        report.pageTable(failed);
        report.heading("Left out");
        var why = new Grid("why", "candidates");
        reasons.forEach((reason, count) -> why.row(reason, count));
        if (why.isEmpty()) report.say("None: all candidates were tried.");
        report.pageTable(why);
        tables.eachTrace(this::leftOut);
    }

    /// Reasons that differ by numbers alone are one kind.
    private static String kind(String reason) {
        return reason.replaceAll("[0-9]+(\\.[0-9]+)?", "…");
    }

    private void leftOut(Use use, Trace trace) {
        if (trace.pruned().isEmpty()) return;
        var grid = new Grid("packing", "schedule", "predicted µs", "why");
        for (Pruned one : trace.pruned())
            grid.row(one.packing().name(), one.schedule().brief(), Numbers.micros(one.predicted()), one.reason());
        report.fold("%s, %s: %d left out".formatted(Numbers.shape(use), Texts.count(trace.problem().maxTokens(), "token"), trace.pruned().size()), grid);
    }
}
