package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;

/// Marks and lines over two axes, as SVG. What differs by colour differs by form or dashes too.
///
/// @param title    what is to be seen
/// @param series   in the order of the key below the picture
/// @param named    marks that are ringed, and named beside the picture
public record Plot(String title, Axis x, Axis y, List<Series> series, List<Named> named) {

    private static final int WIDTH = 960, HEIGHT = 430, LEFT = 64, TOP = 12, BOTTOM = 52, LINE = 17;

    /// Wide enough for names of this many letters.
    private static final double LETTER = 6.3;

    public Plot {
        series = List.copyOf(series);
        named = List.copyOf(named);
    }

    /// @param label shown to who points at it
    public record Point(double x, double y, String label) {}

    /// Points of one kind.
    ///
    /// @param isLine connected, in their order; without marks if no point has a label
    public record Series(String name, List<Point> points, boolean isLine) {
        public Series {
            points = List.copyOf(points);
        }

        /// False for a line whose points mean nothing: a limit, say.
        boolean isMarked() {
            return !isLine || points.stream().anyMatch(p -> !p.label.isEmpty());
        }
    }

    /// A point with a name of its own.
    public record Named(double x, double y, String name) {}

    private double right() {
        int longest = named.stream().mapToInt(n -> n.name.length()).max().orElse(0);
        return WIDTH - 16 - (longest == 0 ? 0 : 30 + LETTER * longest);
    }

    /// Where values lie in the picture.
    private record Frame(Axis.Scale x, Axis.Scale y, double right) {
        double left(double value) {
            return LEFT + x.at(value) * (right - LEFT);
        }

        double top(double value) {
            return TOP + (1 - y.at(value)) * (HEIGHT - TOP - BOTTOM);
        }

        boolean shows(Point p) {
            return Double.isFinite(x.at(p.x)) && Double.isFinite(y.at(p.y));
        }
    }

    String html() {
        List<Point> all = series.stream().flatMap(s -> s.points.stream()).toList();
        var frame = new Frame(x.over(values(all.stream().mapToDouble(Point::x))), y.over(values(all.stream().mapToDouble(Point::y))), right());
        var svg = new StringBuilder("<figure><figcaption>%s</figcaption>\n".formatted(Markup.escape(title)));
        svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n".formatted(WIDTH, HEIGHT, Markup.escape(title)));
        axes(svg, frame);
        for (int s = 0; s < series.size(); s++) draw(svg, frame, series.get(s), Mark.of(s));
        names(svg, frame);
        svg.append("</svg>\n<ul class=\"key\">\n");
        for (int s = 0; s < series.size(); s++)
            svg.append("<li>").append(Mark.of(s).key(series.get(s).isLine, series.get(s).isMarked())).append(Markup.escape(series.get(s).name))
                    .append("</li>\n");
        if (!named.isEmpty()) svg.append("<li><svg viewBox=\"0 0 18 14\">").append(ring(9, 7, 5.5)).append("</svg>chosen</li>\n");
        return svg.append("</ul></figure>\n").toString();
    }

    private static double[] values(DoubleStream values) {
        return values.toArray();
    }

    private void axes(StringBuilder svg, Frame frame) {
        double bottom = HEIGHT - BOTTOM;
        for (double tick : frame.x.ticks()) {
            line(svg, frame.left(tick), TOP, frame.left(tick), bottom, "#e8ebee");
            text(svg, frame.left(tick), bottom + 18, "middle", Axis.text(tick));
        }
        for (double tick : frame.y.ticks()) {
            line(svg, LEFT, frame.top(tick), frame.right, frame.top(tick), "#e8ebee");
            text(svg, LEFT - 8, frame.top(tick) + 4, "end", Axis.text(tick));
        }
        line(svg, LEFT, bottom, frame.right, bottom, "#6b7580");
        line(svg, LEFT, TOP, LEFT, bottom, "#6b7580");
        text(svg, (LEFT + frame.right) / 2, HEIGHT - 10, "middle", x.label());
        svg.append("<text transform=\"translate(14 %s) rotate(-90)\" text-anchor=\"middle\" fill=\"#3d444d\">%s</text>\n"
                .formatted(Markup.pixels((TOP + bottom) / 2), Markup.escape(y.label())));
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
        svg.append("<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\"/>\n".formatted(
                Markup.pixels(x1), Markup.pixels(y1), Markup.pixels(x2), Markup.pixels(y2), colour));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"#3d444d\">%s</text>\n".formatted(
                Markup.pixels(x), Markup.pixels(y), anchor, Markup.escape(text)));
    }

    private static void draw(StringBuilder svg, Frame frame, Series series, Mark mark) {
        List<Point> shown = series.points.stream().filter(frame::shows).toList();
        if (series.isLine) {
            var path = new StringBuilder();
            for (Point p : shown)
                path.append(path.isEmpty() ? "M" : "L").append(Markup.pixels(frame.left(p.x))).append(' ').append(Markup.pixels(frame.top(p.y)));
            svg.append(
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n".formatted(path, mark.colour(), mark.dashes()));
        }
        if (!series.isMarked()) return;
        svg.append("<g class=\"points\">\n");
        for (Point p : shown)
            svg.append("<g>").append(mark.draw(frame.left(p.x), frame.top(p.y)))
                    .append("<title>").append(Markup.escape(p.label)).append("</title></g>\n");
        svg.append("</g>\n");
    }

    /// Rings, and names at the right, as near as they can be without meeting.
    private void names(StringBuilder svg, Frame frame) {
        var sorted = new ArrayList<>(named);
        sorted.sort(Comparator.comparingDouble(n -> frame.top(n.y)));
        double[] tops = new double[sorted.size()];
        for (int i = 0; i < tops.length; i++)
            tops[i] = Math.max(i == 0 ? TOP + 4 : tops[i - 1] + LINE, frame.top(sorted.get(i).y));
        for (int i = tops.length - 1; i >= 0; i--)
            tops[i] = Math.min(tops[i], i == tops.length - 1 ? HEIGHT - BOTTOM : tops[i + 1] - LINE);
        for (int i = 0; i < tops.length; i++) {
            Named one = sorted.get(i);
            double at = frame.left(one.x), top = frame.top(one.y);
            svg.append(ring(at, top, 8));
            svg.append("<path d=\"M%s %sL%s %sL%s %s\" fill=\"none\" stroke=\"#9aa4ae\"/>\n".formatted(
                    Markup.pixels(at + 8), Markup.pixels(top), Markup.pixels(frame.right + 2), Markup.pixels(tops[i]),
                    Markup.pixels(frame.right + 10), Markup.pixels(tops[i])));
            text(svg, frame.right + 14, tops[i] + 4, "start", one.name);
        }
    }

    private static String ring(double x, double y, double radius) {
        return "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"none\" stroke=\"#1b1f24\" stroke-width=\"2\"/>"
                .formatted(Markup.pixels(x), Markup.pixels(y), Markup.pixels(radius));
    }
}
