package tern.runtime.cli.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.html.Axis;
import tern.runtime.cli.html.BarCell;
import tern.runtime.cli.html.Figure;
import tern.runtime.cli.html.Grid;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.html.Plot;
import tern.runtime.model.TritCounts;

/// The ternary weights of a model, as a page.
final class WeightsPage {

    private WeightsPage() {}

    /// @param weights of all tensors, layer after layer
    static Page of(ModelFacts facts, List<TritCounts.OfTensor> weights) {
        TritCounts all = weights.stream().map(TritCounts.OfTensor::counts).reduce(new TritCounts(0, 0, 0), TritCounts::plus);
        var page = new Page("Weights of " + Texts.printable(facts.file()), "%s, %s".formatted(
                facts.format(), facts.config().map(ModelFacts::block).orElse("an architecture that Tern does not run")));
        page.figures(List.of(
                new Figure("ternary weights", "%,d".formatted(all.total())),
                new Figure("zeros", InspectCommand.percent(all.sparsity())),
                new Figure("entropy of a weight", decimal(all.entropy()) + " bits"),
                new Figure("bits a weight, stored", decimal(stored(facts, all.total())))));
        page.heading("Zeros by layer");
        page.say("Share of weights that are 0: a third, if all three were equally likely.");
        page.add(plot("Share of zeros of each tensor", "zeros, percent", weights, one -> 100 * one.counts().sparsity()));
        page.heading("Balance by layer");
        page.say("How many more weights are 1 than -1, as a share of all: about 0, if signs were equally likely.");
        page.add(plot("Share of 1 less share of -1", "percent", weights,
                one -> 100.0 * (one.counts().plus() - one.counts().minus()) / one.counts().total()));
        page.heading("Scale by layer");
        page.say("What a product is multiplied with. A tensor that was read in a wrong format tends to stand apart.");
        page.add(plot("Scale of each tensor", "scale", weights, one -> Math.abs(one.scales().at(0, 0))));
        page.heading("Numbers").add(numbers(weights));
        return page;
    }

    private static double stored(ModelFacts facts, long weights) {
        return facts.tensors().stream().filter(t -> t.weights() > 0 && t.bitsPerWeight() < 4).mapToDouble(ModelFacts.TensorFacts::bytes).sum() * 8 / weights;
    }

    private static Plot plot(String title, String axis, List<TritCounts.OfTensor> weights, ToDoubleFunction<TritCounts.OfTensor> value) {
        Map<String, List<Plot.Point>> points = new LinkedHashMap<>();
        for (TritCounts.OfTensor one : weights) {
            String[] parts = one.shape().name().split("\\.", -1); // blk.N.role.weight
            double y = value.applyAsDouble(one);
            points.computeIfAbsent(parts[2], _ -> new ArrayList<>())
                    .add(new Plot.Point(Integer.parseInt(parts[1]), y, "%s: %s".formatted(one.shape().name(), decimal(y))));
        }
        var series = new ArrayList<Plot.Series>();
        points.forEach((role, ofRole) -> series.add(new Plot.Series(role, ofRole, true)));
        return new Plot(title, new Axis("layer", Axis.Kind.COUNT), new Axis(axis, Axis.Kind.LINEAR), series, List.of());
    }

    private static Grid numbers(List<TritCounts.OfTensor> weights) {
        var grid = new Grid("tensor", "rows x k", "-1", "0", "+1", "zeros", "entropy", "scale");
        for (TritCounts.OfTensor one : weights) {
            TritCounts c = one.counts();
            grid.row(one.shape().name(), one.shape().m() + " x " + one.shape().k(), "%,d".formatted(c.minus()), "%,d".formatted(c.zero()),
                    "%,d".formatted(c.plus()), new BarCell(c.sparsity(), InspectCommand.percent(c.sparsity())), decimal(c.entropy()), one.scale());
        }
        return grid;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
