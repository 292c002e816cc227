package tern.runtime.cli.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.report.Axis;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Plot;
import tern.runtime.cli.report.Report;

/// Packings compared: size and speed with one to all threads.
public final class ExploreReport {

    private static final Axis RATE = new Axis("billion weights times tokens a second", Axis.Kind.LINEAR);

    private ExploreReport() {}

    private record Row(Explored one, Explored.Point point) {
        Optional<Samples> seconds() {
            return Optional.ofNullable(point.seconds());
        }
    }

    /// @param weights  of a model
    /// @param complete false if it was stopped before its end
    /// @param at       when it was measured
    public static Report of(Use use, String processor, List<Explored> explored, LayerWeights weights, boolean complete, String at) {
        String shape = "%d x %d, %s".formatted(use.m(), use.k(), Texts.count(use.maxTokens(), "token"));
        var report = new Report("Packings at " + shape, processor + " · " + at + (complete ? "" : " · stopped before its end"));
        Columns<Row> columns = columns(use);
        report.fields().put("processor", processor).put("kernel", use.kernel().name()).put("m", use.m()).put("k", use.k()).put("n", use.maxTokens())
                .put("complete", complete)
                .putAll("packings", explored, one -> new Fields().put("packing", one.packing().name()).put("bits_per_weight", one.bits())
                        .put("problem", one.problem()).putAll("points", one.points(), p -> columns.fields(new Row(one, p))));
        report.line("%s", processor).line("%s a launch", shape);
        report.heading("Speed by threads");
        report.say("Median of launches with prepared activations and weights as cold as in a model. Lines join one packing; point at a mark for its kernel.");
        report.add(new Plot("Measured speed of each packing", new Axis("threads", Axis.Kind.COUNT), RATE, byThreads(use, explored), List.of()));
        report.heading("Size and speed");
        report.say("With the most threads. The line is the read bandwidth: fewer bits a weight would be faster, "
                + "if nothing but memory counted. A mark far below the line waits for something else.");
        report.add(new Plot("Measured speed by bits a weight", new Axis("bits a weight", Axis.Kind.LOGARITHMIC), RATE, byBits(use, explored), List.of()));
        report.heading("Numbers").add(columns.grid(explored.stream().flatMap(one -> one.points().stream().map(p -> new Row(one, p))).toList()));
        report.note("instr/weight: instructions (vector ones where there are vectors) for each weight and token, counted by the cost model; "
                + "Gw/s: billion weights times tokens a second; weights are cold, activations prepared");
        var failed = new Grid("packing", "threads", "not measured");
        for (Explored one : explored) {
            if (one.problem() != null) failed.row(one.packing().name(), "", one.problem());
            for (Explored.Point p : one.points()) if (p.seconds() == null) failed.row(one.packing().name(), p.threads(), p.failure());
        }
        report.add(failed);
        weights.addTo(report);
        return report;
    }

    private static Columns<Row> columns(Use use) {
        double weights = weights(use);
        return new Columns<Row>()
                .show("packing", Format.PLAIN, row -> row.one.packing().name())
                .show("bits/weight", Format.decimal(3), row -> row.one.bits())
                .add("threads", "threads", Format.PLAIN, row -> row.point.threads())
                .show("kernel", Format.PLAIN, row -> row.point.candidate().label().substring(row.one.packing().name().length() + 1))
                .field("candidate", row -> row.point.candidate().label())
                .field("weight_bytes", row -> row.point.candidate().bytes())
                .add("instructions_per_weight", "instr/weight", Format.decimal(3), row -> row.point.instructions())
                .field("predicted_seconds", row -> row.point.predicted())
                .add("predicted_bytes_per_second", "predicted GB/s", Format.GIGA, row -> row.point.candidate().bytes() / row.point.predicted())
                .add("bytes_per_second", "GB/s", Format.GIGA, row -> row.seconds().map(s -> row.point.candidate().bytes() / s.median()))
                .add("predicted_weights_per_second", "predicted Gw/s", Format.GIGA, row -> weights / row.point.predicted())
                .add("weights_per_second", "Gw/s", Format.GIGA, row -> row.seconds().map(s -> weights / s.median()))
                .add("seconds", "noise", Format.NOISE, Row::seconds)
                .field("read_bytes_per_second", row -> row.point.bandwidth())
                .show("of bandwidth", Format.BAR, row -> row.seconds().map(s -> row.point.candidate().bytes() / s.median() / row.point.bandwidth()))
                .field("failed", row -> row.point.seconds() == null ? row.point.failure() : Optional.empty());
    }

    /// Weights times tokens of a launch.
    private static double weights(Use use) {
        return (double) use.kernel().weights().size() * use.m() * use.k() * use.maxTokens();
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
        return new Plot.Point(x, weights(use) / seconds.median() * 1e-9, "%s, %s: %s µs, %s GB/s".formatted(
                p.candidate().label(), Texts.count(p.threads(), "thread"), Numbers.micros(seconds.median()),
                Numbers.decimal(p.gigabytes(seconds.median()), 1)));
    }
}
