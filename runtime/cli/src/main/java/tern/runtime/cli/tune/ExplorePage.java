package tern.runtime.cli.tune;

import java.util.ArrayList;
import java.util.List;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.html.Axis;
import tern.runtime.cli.html.BarCell;
import tern.runtime.cli.html.Grid;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.html.Plot;

/// Packings beside each other, as a page.
public final class ExplorePage {

    private static final Axis RATE = new Axis("billion weights times tokens a second", Axis.Kind.LINEAR);

    private ExplorePage() {}

    /// @param lead where and when it was measured
    public static Page of(Use use, List<Explored> explored, String lead) {
        var page = new Page("Packings at %d x %d, %s".formatted(use.m(), use.k(), Texts.count(use.maxTokens(), "token")), lead);
        page.heading("Speed by threads");
        page.say("Median of launches with prepared activations and weights as cold as in a model. Lines join one packing; point at a mark for its kernel.");
        page.add(new Plot("Measured speed of each packing", new Axis("threads", Axis.Kind.COUNT), RATE, byThreads(use, explored), List.of()));
        page.heading("Size and speed");
        page.say("With the most threads. The line is the read bandwidth measured beside: fewer bits a weight would be faster, "
                + "if nothing but memory counted. A mark far below the line waits for something else.");
        page.add(new Plot("Measured speed by bits a weight", new Axis("bits a weight", Axis.Kind.LOGARITHMIC), RATE, byBits(use, explored), List.of()));
        page.heading("Numbers").add(numbers(use, explored));
        page.say("Instructions for each weight and token are counted by the cost model, vector instructions where there are vectors; "
                + "predictions are its as well, from the machine's description.");
        var failed = new Grid("packing", "threads", "what is wrong");
        for (Explored one : explored) {
            if (one.problem() != null) failed.row(one.packing().name(), "", one.problem());
            for (Explored.Point p : one.points()) if (p.seconds() == null) failed.row(one.packing().name(), p.threads(), p.failure());
        }
        if (!failed.isEmpty()) page.heading("Not measured").add(failed);
        return page;
    }

    private static List<Plot.Series> byThreads(Use use, List<Explored> explored) {
        var series = new ArrayList<Plot.Series>();
        for (Explored one : explored) {
            var points = new ArrayList<Plot.Point>();
            for (Explored.Point p : one.points()) {
                Samples seconds = p.seconds();
                if (seconds != null) points.add(point(use, p, p.threads(), seconds));
            }
            series.add(new Plot.Series(one.packing().name(), points, true));
        }
        return series;
    }

    private static List<Plot.Series> byBits(Use use, List<Explored> explored) {
        var series = new ArrayList<Plot.Series>();
        double bandwidth = 0, most = 0, least = Double.POSITIVE_INFINITY;
        for (Explored one : explored) {
            var points = new ArrayList<Plot.Point>();
            if (!one.points().isEmpty()) {
                Explored.Point last = one.points().getLast();
                Samples seconds = last.seconds();
                double bits = 8.0 * last.candidate().bytes() / use.m() / use.k();
                if (seconds != null) points.add(point(use, last, bits, seconds));
                bandwidth = Math.max(bandwidth, last.bandwidth());
                most = Math.max(most, bits);
                least = Math.min(least, bits);
            }
            series.add(new Plot.Series(one.packing().name(), points, false));
        }
        if (most > 0 && use.maxTokens() == 1) series.add(roof(bandwidth, 0.9 * least, 1.1 * most));
        return series;
    }

    private static Plot.Series roof(double bandwidth, double from, double to) {
        var points = new ArrayList<Plot.Point>();
        for (int i = 0; i <= 32; i++) {
            double bits = from + (to - from) * i / 32;
            points.add(new Plot.Point(bits, bandwidth * 8 / bits * 1e-9, ""));
        }
        return new Plot.Series("read bandwidth, %s GB/s".formatted(Numbers.decimal(bandwidth * 1e-9, 1)), points, true);
    }

    private static Plot.Point point(Use use, Explored.Point p, double x, Samples seconds) {
        return new Plot.Point(x, ExploreCommand.rate(use, seconds.median()), "%s, %s: %s µs, %s GB/s".formatted(
                p.candidate().label(), Texts.count(p.threads(), "thread"), Numbers.micros(seconds.median()),
                Numbers.decimal(p.gigabytes(seconds.median()), 1)));
    }

    private static Grid numbers(Use use, List<Explored> explored) {
        var grid = new Grid("kernel", "bits a weight", "threads", "instructions a weight", "predicted GB/s", "GB/s", "predicted Gw/s", "Gw/s", "noise", "share of bandwidth");
        for (Explored one : explored)
            for (Explored.Point p : one.points()) {
                Samples seconds = p.seconds();
                grid.row(
                        p.candidate().label(),
                        Numbers.decimal(one.bits(), 3),
                        p.threads(),
                        Numbers.decimal(p.instructions(), 3),
                        Numbers.decimal(p.gigabytes(p.predicted()), 1),
                        ExploreCommand.measured(p, s -> Numbers.decimal(p.gigabytes(s.median()), 1)),
                        Numbers.decimal(ExploreCommand.rate(use, p.predicted()), 1),
                        ExploreCommand.measured(p, s -> Numbers.decimal(ExploreCommand.rate(use, s.median()), 1)),
                        ExploreCommand.measured(p, s -> Numbers.noise(s)),
                        seconds == null ? "" : BarCell.of(p.gigabytes(seconds.median()) * 1e9 / p.bandwidth()));
            }
        return grid;
    }
}
