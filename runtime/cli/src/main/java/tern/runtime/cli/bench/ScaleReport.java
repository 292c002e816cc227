package tern.runtime.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.runtime.cli.bench.BenchCommand.Result;
import tern.runtime.cli.bench.ScaleBench.Size;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.option.MachineMemory.Resident;
import tern.runtime.cli.report.Axis;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Plot;
import tern.runtime.cli.report.Report;

/// Time and memory of a token against the size of a model.
final class ScaleReport {

    private static final Columns<Size> COLUMNS = new Columns<Size>()
            .field("preset", size -> size.preset().name())
            .show("model", Format.PLAIN, Size::name)
            .field("sizes", size -> size.preset().provenance())
            .field("guess", size -> size.preset().isGuess())
            .add("parameters", "G parameters", Format.decimal(1e-9, 2), Size::parameters)
            .field("ternary_weights", size -> size.preset().config().ternaryWeights())
            .add("packing", "packing", Format.PLAIN, size -> size.result().map(_ -> size.packing()))
            .add("prompt_tokens_per_second", "prompt tokens/s", Format.decimal(1), size -> size.result().map(Result::prompt))
            .add("generated_tokens_per_second", "tokens/s", Format.decimal(1), size -> size.result().map(Result::generation))
            .show("ms a token", Format.decimal(1), size -> size.result().map(r -> 1e3 / r.generation().median()))
            .add("bytes_per_token", "MB a token", Format.MEGA, size -> size.result().map(r -> r.costs().bytesPerToken()))
            .add("share_of_read_bandwidth", "of bandwidth", Format.PERCENT, size -> size.result().map(Result::share))
            .show("model and cache MB", Format.MEGA, size -> size.result().map(r -> r.memory().model().total()))
            .show("peak MB", Format.MEGA, size -> size.result().flatMap(r -> r.memory().resident()).map(Resident::peak))
            .show("peak / model", Format.decimal(2), size -> size.result().map(r -> r.memory().ratio()))
            .field("memory", size -> size.result().map(r -> r.memory().fields()))
            .field("not_run", size -> size.result().isPresent() ? Optional.empty() : size.problem());

    private ScaleReport() {}

    /// @param at when it was measured
    static Report of(List<Size> sizes, Measurement measurement, String at) {
        var report = new Report("Speed and memory against size", "random models, made in memory · %s threads · %s".formatted(
                measurement.threads() == 0 ? "all" : measurement.threads(), at));
        report.fields().put("threads", measurement.threads()).put("prompt_tokens", measurement.prompt())
                .put("generated_tokens", measurement.generate()).putAll("sizes", sizes, COLUMNS::fields);
        List<Size> ran = sizes.stream().filter(size -> size.result().isPresent()).toList();
        report.add(COLUMNS.grid(ran));
        for (Size size : sizes) if (size.result().isEmpty()) report.note(size.problem());
        for (Size size : sizes) report.note("%s: %s".formatted(size.preset().name(), size.preset().provenance()));
        report.note("random weights; prompts of %d tokens, %d generated, medians of %d".formatted(
                measurement.prompt(), measurement.generate(), measurement.repetitions()));
        report.say("The paper that names these sizes gives no dimensions.");
        return ran.isEmpty() ? report : report.add(time(ran)).add(memory(ran));
    }

    private static Plot time(List<Size> ran) {
        var generated = new ArrayList<Plot.Point>();
        var prompt = new ArrayList<Plot.Point>();
        var allowed = new ArrayList<Plot.Point>();
        var named = new ArrayList<Plot.Named>();
        for (Size size : ran)
            size.result().ifPresent(r -> {
                double x = size.parameters() * 1e-9, y = 1e3 / r.generation().median();
                generated.add(point(size, x, y, "ms a generated token"));
                prompt.add(point(size, x, 1e3 / r.prompt().median(), "ms a token of the prompt"));
                allowed.add(new Plot.Point(x, 1e3 * r.costs().bytesPerToken() / r.bandwidth().median(), ""));
                named.add(name(size, x, y));
            });
        return new Plot("Time of a token", parameters(), new Axis("ms", Axis.Kind.LOGARITHMIC), List.of(
                new Plot.Series("generated", generated, true), new Plot.Series("of the prompt", prompt, true),
                new Plot.Series("what the read bandwidth would allow", allowed, true)), named);
    }

    private static Plot memory(List<Size> ran) {
        var model = new ArrayList<Plot.Point>();
        var peak = new ArrayList<Plot.Point>();
        var named = new ArrayList<Plot.Named>();
        for (Size size : ran)
            size.result().ifPresent(r -> {
                double x = size.parameters() * 1e-9, y = r.memory().model().total() * 1e-9;
                model.add(point(size, x, y, "GB of model and cache"));
                named.add(name(size, x, y));
                r.memory().resident().ifPresent(m -> peak.add(point(size, x, m.peak() * 1e-9, "GB resident at the peak")));
            });
        return new Plot("Memory", parameters(), new Axis("GB", Axis.Kind.LOGARITHMIC), List.of(
                new Plot.Series("packed model and cache", model, true), new Plot.Series("resident at the peak", peak, true)), named);
    }

    private static Axis parameters() {
        return new Axis("billion parameters", Axis.Kind.LOGARITHMIC);
    }

    private static Plot.Point point(Size size, double x, double y, String what) {
        return new Plot.Point(x, y, "%s: %s %s".formatted(size.preset().name(), Numbers.decimal(y, 2), what));
    }

    private static Plot.Named name(Size size, double x, double y) {
        return new Plot.Named(x, y, size.name());
    }
}
