package tern.runtime.cli.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.report.Axis;
import tern.runtime.cli.report.BarCell;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Figure;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Plot;
import tern.runtime.cli.report.Report;
import tern.runtime.model.KernelTimes;
import tern.runtime.model.PassTime;
import tern.runtime.model.Preset;

/// A model's speed: tokens per second, what a generated token's time goes to, and its kernels under the roofline.
public final class BenchReport {

    private static final Columns<SpeculationBench.Line> SPECULATION = new Columns<SpeculationBench.Line>()
            .field("text", SpeculationBench.Line::text)
            .field("guesses_of_a_pass", SpeculationBench.Line::most)
            .field("tokens_per_second", SpeculationBench.Line::speed)
            .field("tokens_per_second_without", SpeculationBench.Line::plain)
            .field("guesses", line -> line.score().drafts())
            .field("accepted", line -> line.score().accepted())
            .field("tokens_per_pass", line -> line.score().tokensPerPass());

    private BenchReport() {}

    /// What a report shows in addition to the result.
    ///
    /// @param model  name of its file
    /// @param preset whose shape it has; empty for a file
    /// @param at     when it was measured
    public record Subject(String model, Optional<Preset> preset, String at, int promptTokens, int generatedTokens) {}

    /// @param kernels timed alone; empty where nobody asks for a page
    public static Report of(BenchCommand.Result result, Collection<Choice> plan, List<KernelTimes.Time> kernels,
            List<SpeculationBench.Line> speculation, Subject subject) {
        Object threads = result.threads() == 0 ? "all" : result.threads();
        var report = new Report("Speed of " + subject.model, "%s · %s · %s threads · %s".formatted(result.machine(), result.target(), threads, subject.at));
        subject.preset.ifPresent(preset -> {
            report.line("%s, random, %s", preset.name(), preset.provenance());
            report.fields().put("preset", preset.name()).put("sizes", preset.provenance());
        });
        report.line("%s, %s threads", result.target(), threads);
        plan.stream().sorted(Comparator.comparing(c -> c.use().name()))
                .forEach(c -> report.line("  %-12s %5d x %-5d %s", c.use().name(), c.use().m(), c.use().k(), c.packing().name()));
        Costs costs = result.costs();
        report.figures(List.of(
                new Figure("generation", Numbers.decimal(result.generation().median(), 1) + " tokens/s"),
                new Figure("prompt", Numbers.decimal(result.prompt().median(), 1) + " tokens/s"),
                new Figure("of the read bandwidth", Numbers.percent(result.share())),
                new Figure("read for a token", Numbers.decimal(costs.bytesPerToken() * 1e-6, 0) + " MB"),
                new Figure("memory without embedding", Numbers.decimal(costs.memory() * 1e-6, 0) + " MB")));
        speeds(report, result, subject);
        costs.addTo(report);
        result.memory().addTo(report);
        for (SpeculationBench.Line line : speculation)
            report.line("speculation, %s: %.1f tokens/s, without %.1f; %s", line.text(), line.speed().median(), line.plain().median(), line.score());
        if (!speculation.isEmpty()) report.fields().putAll("speculation", speculation, SPECULATION::fields);
        times(report, "Where a prompt's time goes", "of a prompt", "prompt_parts", result.spent().prompt(), Math.max(1, subject.promptTokens), result);
        times(report, "Where a generated token's time goes", "of a token", "generation_parts", result.spent().generation(),
                Math.max(1, subject.generatedTokens), result);
        report.heading("Kernels");
        report.say("Median of one launch with one token, on the model's own weights, layer after layer, so that they are as cold as there.");
        report.pageTable(kernels(kernels, result.bandwidth().median()));
        report.add(roofline(kernels, result.bandwidth().median()));
        energy(report, costs);
        return report;
    }

    private static void speeds(Report report, BenchCommand.Result result, Subject subject) {
        double bytes = result.costs().bytesPerToken();
        boolean prompt = subject.promptTokens > 0, generation = subject.generatedTokens > 0;
        report.fields().put("target", result.target()).put("machine", result.machine()).put("threads", result.threads())
                .put("prompt_tokens", subject.promptTokens).put("generated_tokens", subject.generatedTokens);
        if (prompt) report.fields().put("prompt_tokens_per_second", result.prompt());
        if (generation) report.fields().put("generated_tokens_per_second", result.generation());
        report.fields().put("read_bytes_per_second", result.bandwidth()).put("bytes_per_token", result.costs().bytesPerToken());
        if (generation) report.fields().put("share_of_read_bandwidth", result.share());
        var grid = new Grid("tokens/s", "median", "min", "max", "noise");
        if (prompt) row(grid, "prompt " + subject.promptTokens, result.prompt(), 1);
        if (generation) row(grid, "generate " + subject.generatedTokens, result.generation(), 1);
        row(grid, "read GB/s", result.bandwidth(), 1e-9);
        report.heading("Speed").add(grid);
        if (generation)
            report.line("%.0f MB a token, %.1f GB/s, %.0f %% of the measured read bandwidth",
                    bytes * 1e-6, result.generation().median() * bytes * 1e-9, result.share() * 100);
        report.say("%d repetitions; noise is half the width of the middle half.".formatted(result.prompt().count()));
    }

    private static void row(Grid grid, String name, Samples s, double unit) {
        grid.row(name, Numbers.decimal(s.median() * unit, 1), Numbers.decimal(s.min() * unit, 1), Numbers.decimal(s.max() * unit, 1), Numbers.noise(s));
    }

    /// @param tokens of all launches together
    private static void times(Report report, String heading, String head, String field, List<PassTime> times, int tokens, BenchCommand.Result result) {
        if (times.isEmpty()) return;
        double all = times.stream().mapToDouble(PassTime::seconds).sum();
        var columns = new Columns<PassTime>()
                .add("part", head, Format.PLAIN, PassTime::name)
                .add("schedule", "schedule", Format.PLAIN, PassTime::schedule)
                .add("code", "code", Format.PLAIN, PassTime::code)
                .add("launches", "launches", Format.INTEGER, PassTime::launches)
                .field("seconds", PassTime::seconds)
                .show("ms a token", Format.decimal(1e3 / tokens, 3), PassTime::seconds)
                .show("share", Format.PERCENT, time -> time.seconds() / all)
                .field("weight_bytes", PassTime::bytes)
                .show("GB/s", Format.GIGA, time -> time.bytes() == 0 ? Optional.empty() : Optional.of(time.bytes() / time.seconds()))
                .show("of the bandwidth", Format.PERCENT,
                        time -> time.bytes() == 0 ? Optional.empty() : Optional.of(time.bytes() / time.seconds() / result.bandwidth().median()));
        report.heading(heading);
        report.add(columns.grid(times.stream().sorted(Comparator.comparingDouble(PassTime::seconds).reversed()).toList()));
        report.fields().putAll(field, times, columns::fields);
    }

    private static Grid kernels(List<KernelTimes.Time> kernels, double bandwidth) {
        var grid = new Grid("kernel", "rows x k", "packing", "schedule", "bits a weight", "µs", "GB/s", "share of bandwidth", "vectors");
        for (KernelTimes.Time time : kernels) {
            Use use = time.choice().use();
            grid.row(
                    use.name(),
                    use.kernel().weights().size() * use.m() + " x " + use.k(),
                    time.choice().packing().name(),
                    time.choice().step().schedule().brief(),
                    Numbers.decimal(8 * time.bytes() / weights(use), 2),
                    Numbers.micros(time.seconds()),
                    Numbers.decimal(time.bytesPerSecond() * 1e-9, 1),
                    BarCell.of(time.bytesPerSecond() / bandwidth),
                    time.vectorised() ? "yes" : "NO");
        }
        return grid;
    }

    private static double weights(Use use) {
        return (double) use.kernel().weights().size() * use.m() * use.k();
    }

    private static Plot roofline(List<KernelTimes.Time> kernels, double bandwidth) {
        var series = new ArrayList<Plot.Series>();
        double most = 0;
        for (KernelTimes.Time time : kernels) {
            Use use = time.choice().use();
            double x = time.bytes() * 1e-6;
            most = Math.max(most, x);
            series.add(new Plot.Series(use.name(), List.of(new Plot.Point(x, weights(use) / time.seconds() * 1e-9,
                    "%s: %s MB in %s µs".formatted(use.name(), Numbers.decimal(x, 2), Numbers.micros(time.seconds())))), false));
        }
        if (!kernels.isEmpty()) series.add(limit(kernels, bandwidth, most));
        return new Plot("Each kernel, and what the read bandwidth would allow", new Axis("MB of weights that a launch reads", Axis.Kind.LINEAR),
                new Axis("billion multiply-adds a second", Axis.Kind.LINEAR), series, List.of());
    }

    /// At the bits a weight that the kernels have on average.
    private static Plot.Series limit(List<KernelTimes.Time> kernels, double bandwidth, double most) {
        double bytes = kernels.stream().mapToDouble(KernelTimes.Time::bytes).sum();
        double weights = kernels.stream().mapToDouble(t -> weights(t.choice().use())).sum();
        double limit = bandwidth / bytes * weights * 1e-9;
        return new Plot.Series("%s GB/s at %s bits a weight".formatted(Numbers.decimal(bandwidth * 1e-9, 1), Numbers.decimal(8 * bytes / weights, 2)),
                List.of(new Plot.Point(0, limit, ""), new Plot.Point(most, limit, "")), true);
    }

    private static void energy(Report report, Costs costs) {
        report.heading("Energy");
        report.say(("Estimated by the sum of the BitNet b1.58 2B4T report for a sequence of %d tokens at 7 nm: one INT8 sum (0.007 pJ) for each "
                + "weight and token, and attention as a full square in FP16 (sum 0.16 pJ, product 0.34 pJ). The head, memory and instructions are not counted.")
                .formatted(costs.energy().tokens()));
        report.pageTable(new Grid("", "J")
                .row("linear layers", Costs.digits(costs.energy().linear()))
                .row("attention", Costs.digits(costs.energy().attention()))
                .row("both", Costs.digits(costs.energy().joules()))
                .row("both, if the weights were FP16", Costs.digits(costs.float16().joules())));
        if (costs.joules().isPresent())
            report.say("Measured: %s J for each generated token, all packages and memory of the machine."
                    .formatted(Numbers.decimal(costs.joules().getAsDouble(), 2)));
        else report.say("Measured: nothing. This machine's energy counters are not exposed.");
    }
}
