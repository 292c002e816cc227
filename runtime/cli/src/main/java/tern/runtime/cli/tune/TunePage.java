package tern.runtime.cli.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.search.Pruned;
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
import tern.runtime.cli.html.Axis;
import tern.runtime.cli.html.Figure;
import tern.runtime.cli.html.Grid;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.html.Plot;

/// A tuning as a page: every candidate as a point under the roofline, what was chosen, what failed or was left out, and why.
public final class TunePage {

    private final Tuning tuning;
    private final TuneTables tables;

    private TunePage(Tuning tuning) {
        this.tuning = tuning;
        tables = new TuneTables(tuning);
    }

    /// @param whole null if no whole model was run
    /// @param kept  true if the winners are kept
    /// @param at    when it was measured
    public static Page of(Tuning tuning, WholeModel.@Nullable Comparison whole, boolean kept, String at) {
        return new TunePage(tuning).page(whole, kept, at);
    }

    private Page page(WholeModel.@Nullable Comparison whole, boolean kept, String at) {
        var page = new Page("Tuned kernels", "%s · %d threads · JDK %s · generation %s · %s".formatted(
                tuning.environment().processor(), tuning.environment().threads(), tuning.environment().jdk(),
                tuning.environment().generation(), at));
        page.figures(figures());
        if (!tuning.complete()) page.say("The search was stopped, or its time did not suffice: some shapes or candidates are missing here.");
        page.heading("What was chosen");
        page.say("Median of one launch: activations prepared, weights as cold as in a model. The share is that of the read bandwidth "
                + "measured between the trials; for a batch it means little, since arithmetic limits it.");
        page.add(tables.chosen());
        if (!tables.usual().isEmpty()) usual(page);
        if (whole != null) page.add(TuneTables.whole(whole));
        if (!kept) page.say("The whole model is no faster: the cost model's choices are kept.");
        page.heading("Roofline");
        page.say("Each mark is a candidate that was timed, all of them with results equal to the reference; point at one for its "
                + "name. A column is a packing: fewer bits a weight lie further to the right. The line is what the read bandwidth allows.");
        page.add(roofline("A generated token: one token a launch", UseResult::step, r -> r.chosen().map(Pair::step)));
        if (tuning.results().stream().anyMatch(TuneTables::isBatched))
            page.add(roofline("A prompt: a batch of tokens a launch", UseResult::batch, r -> r.chosen().map(Pair::batch)));
        if (!tuning.threads().isEmpty()) threads(page);
        notUsed(page);
        return page;
    }

    private List<Figure> figures() {
        TuneTables.Fates fates = tables.fates();
        return List.of(
                new Figure("read bandwidth", Numbers.decimal(tuning.bandwidth() * 1e-9, 1) + " GB/s"),
                new Figure("candidates tried", String.valueOf(fates.tried())),
                new Figure("of them failed", String.valueOf(fates.failed().values().stream().mapToInt(Integer::intValue).sum())),
                new Figure("left out untried", String.valueOf(fates.pruned())),
                new Figure("time of the search", Numbers.decimal(tuning.seconds(), 0) + " s"));
    }

    private void usual(Page page) {
        page.heading("The usual search beside the exhaustive one");
        page.say("What a search of usual length, without any records, chose in the same process. Both choices were measured anew, in turns, after they were made.");
        page.add(tables.usual());
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
        return new Plot(title, new Axis("multiply-adds for each byte of weights", Axis.Kind.LOGARITHMIC), new Axis("billion multiply-adds a second", Axis.Kind.LOGARITHMIC), series, named);
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

    private void threads(Page page) {
        page.heading("Fewer threads");
        page.say("All products of a token with the chosen kernels.");
        page.add(tables.threads());
    }

    private void notUsed(Page page) {
        var failed = new Grid("shape", "tokens", "candidate", "reason", "what happened");
        var reasons = new TreeMap<String, Integer>();
        for (UseResult result : tuning.results())
            for (Trace trace : List.of(result.step(), result.batch())) {
                for (Map.Entry<TuningCandidate, Outcome> one : trace.outcomes().entrySet())
                    if (one.getValue() instanceof Outcome.Failed(var reason, var detail))
                        failed.row(Numbers.shape(result.use()), trace.problem().maxTokens(), one.getKey().label(),
                                Numbers.words(reason), detail);
                for (Pruned one : trace.pruned()) reasons.merge(kind(one.reason()), 1, Integer::sum);
            }
        page.heading("Failed");
        if (failed.isEmpty()) page.say("None of the candidates that were tried.");
        else page.add(failed);
        page.heading("Left out");
        var grid = new Grid("why", "candidates");
        reasons.forEach((reason, count) -> grid.row(reason, count));
        if (grid.isEmpty()) page.say("None: all candidates were tried.");
        else page.add(grid);
        for (UseResult result : tuning.results())
            for (Trace trace : List.of(result.step(), result.batch())) leftOut(page, result.use(), trace);
    }

    /// Reasons that differ by numbers alone are one kind.
    private static String kind(String reason) {
        return reason.replaceAll("[0-9]+(\\.[0-9]+)?", "…");
    }

    private static void leftOut(Page page, Use use, Trace trace) {
        if (trace.pruned().isEmpty()) return;
        var grid = new Grid("packing", "schedule", "predicted µs", "why");
        for (Pruned one : trace.pruned())
            grid.row(one.packing().name(), one.schedule().brief(), Numbers.micros(one.predicted()), one.reason());
        page.fold("%s, %s: %d left out".formatted(Numbers.shape(use), Texts.count(trace.problem().maxTokens(), "token"), trace.pruned().size()), grid);
    }
}
