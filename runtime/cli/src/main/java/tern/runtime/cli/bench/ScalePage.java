package tern.runtime.cli.bench;

import static tern.runtime.cli.bench.ScaleBench.decimal;

import java.util.ArrayList;
import java.util.List;
import tern.runtime.cli.bench.ScaleBench.Size;
import tern.runtime.cli.html.Axis;
import tern.runtime.cli.html.Grid;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.html.Plot;

/// Time and memory of a token against the size of a model, as a page.
final class ScalePage {

    private ScalePage() {}

    /// @param at when it was measured
    static Page of(List<Size> sizes, Measurement measurement, String at) {
        var page = new Page("Speed and memory against size", "random models, made in memory · %s threads · %s".formatted(
                measurement.threads() == 0 ? "all" : measurement.threads(), at));
        var ran = sizes.stream().filter(size -> size.result().isPresent()).toList();
        page.say("Prompts of %d tokens, %d generated behind them, medians of %d. The paper that names these sizes gives no dimensions; the table says whose were taken."
                .formatted(measurement.prompt(), measurement.generate(), measurement.repetitions()));
        page.add(table(ran));
        if (!ran.isEmpty()) page.add(time(ran)).add(memory(ran));
        for (Size size : sizes) if (size.result().isEmpty()) page.say("Not run: " + size.problem() + ".");
        return page;
    }

    private static Grid table(List<Size> ran) {
        var grid = new Grid("model", "sizes", "G parameters", "packing", "prompt tokens/s", "generated tokens/s", "ms a token", "MB a token", "model and cache MB", "peak MB");
        for (Size size : ran)
            size.result().ifPresent(r -> grid.row(
                    size.preset().name(),
                    size.preset().provenance(),
                    decimal(size.parameters() * 1e-9, 2),
                    size.packing(),
                    decimal(r.prompt().median(), 1),
                    decimal(r.generation().median(), 1),
                    decimal(1e3 / r.generation().median(), 1),
                    decimal(r.costs().bytesPerToken() * 1e-6, 0),
                    decimal(r.memory().model().total() * 1e-6, 0),
                    r.memory().resident().map(m -> decimal(m.peak() * 1e-6, 0)).orElse("")));
        return grid;
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
        return new Plot.Point(x, y, "%s: %s %s".formatted(size.preset().name(), decimal(y, 2), what));
    }

    private static Plot.Named name(Size size, double x, double y) {
        return new Plot.Named(x, y, size.preset().name() + (size.preset().isGuess() ? " (guess)" : ""));
    }
}
