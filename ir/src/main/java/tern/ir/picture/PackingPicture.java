package tern.ir.picture;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.ir.Packing;
import tern.ir.Packing.Where;
import tern.ir.PackingCheck;

/// A packing's whole tile as SVG: its memory with every field, digit, scale and unused bit, and where each weight is.
public final class PackingPicture {

    private static final int MARGIN = 16, SECTION = 30, SCALE_WIDTH = 110, SCALE_HEIGHT = 30;

    private final Tile tile;
    private final Packing packing;
    private final PackingCheck.Report report;

    private PackingPicture(Packing packing) {
        this.packing = packing;
        report = PackingCheck.of(packing);
        report.require();
        tile = new Tile(packing);
    }

    /// A picture of its own: the same text for equal packings.
    ///
    /// @throws IllegalArgumentException if the packing is none: see [PackingCheck]
    public static String svg(Packing packing) {
        return svg(List.of(packing));
    }

    /// Several below each other.
    ///
    /// @throws IllegalArgumentException if a packing is none: see [PackingCheck]
    public static String svg(List<Packing> packings) {
        var all = new Svg();
        int width = 0, height = 0;
        for (Packing packing : packings) {
            var picture = new PackingPicture(packing);
            var own = new Svg();
            int[] size = picture.draw(own);
            all.place(height, own.toString());
            width = Math.max(width, size[0]);
            height += size[1];
        }
        return String.format(ROOT, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%1$d\" height=\"%2$d\" role=\"img\">\n", width,
                height)
                + "<title>" + Svg.escape(String.join(", ", packings.stream().map(Packing::name).toList())) + "</title>\n" + Svg.style()
                + "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n" + all + "</svg>\n";
    }

    /// @return width and height
    private int[] draw(Svg svg) {
        var words = new WordsPanel(tile, report);
        var weights = new WeightsPanel(tile);
        List<String> facts = facts();
        int y = MARGIN + 16;
        svg.write("title", MARGIN, y, packing.name());
        for (String fact : facts) {
            y += Svg.LINE + 5;
            svg.write("", MARGIN, y, fact);
        }
        int letters = facts.stream().mapToInt(String::length).max().orElse(0);
        if (packing.headBytes() > 0) y = outside(svg, y, "Head of each row of tiles", packing.headBytes(), Where.HEAD);
        y = headline(svg, y, String.format(ROOT, "Memory of a tile: %s, each from its top bit down", packing.word().bytes() == 1 ? "bytes"
                : packing.word() + " words, little endian"));
        words.draw(svg, MARGIN, y);
        y += words.height();
        if (packing.tailBytes() > 0) y = outside(svg, y, "Tail after the last tile", packing.tailBytes(), Where.TAIL);
        y = headline(svg, y, "Weights of a tile. " + weights.legend());
        weights.draw(svg, MARGIN, y);
        y += weights.height();
        int width = Math.max(letters * Svg.LETTER, Math.max(words.width(), weights.width()));
        return new int[] {width + 2 * MARGIN, y + MARGIN};
    }

    private static int headline(Svg svg, int y, String words) {
        svg.write("head", MARGIN, y + SECTION - 4, words);
        return y + SECTION + 4;
    }

    private List<String> facts() {
        var facts = new ArrayList<String>();
        facts.add(report.toString());
        String box = packing.rows() == 1 ? "the k of its weights" : "its weights as row,k";
        facts.add(String.format(ROOT, "a tile is %d x %d weights; a box is a field with %s in the order of the digits; %s",
                packing.rows(), packing.columns(), box, tile.colours()));
        facts.add(switch (packing.order()) {
            case K_INNERMOST -> "the tiles of a row of tiles are neighbours";
            case ROWS_INNERMOST -> "the tiles of a column of tiles are neighbours";
        } + (packing.spread() ? "; row r of tile t is t + r * (tiles along the rows)" : "; row r of tile t is t * " + packing.rows() + " + r"));
        return facts;
    }

    /// Scales and unused bytes in front of a row of tiles or at the end.
    private int outside(Svg svg, int top, String name, int bytes, Where where) {
        int y = headline(svg, top, String.format(ROOT, "%s: %d bytes", name, bytes)), x = MARGIN, from = 0;
        List<Integer> scales = tile.hasScales(where) ? tile.scaleBytes() : List.of();
        int width = packing.scale() == null ? 0 : packing.scale().type().bytes();
        for (int s = 0; s <= scales.size(); s++) {
            int at = s < scales.size() ? scales.get(s) : bytes;
            if (at > from) x = outside(svg, x, y, "unused", "unused", from, at, "unused bytes");
            if (s < scales.size()) x = outside(svg, x, y, "scale", "scale " + s, at, at + width, tile.scaleTitle(s));
            from = at + width;
        }
        return y + SCALE_HEIGHT + MARGIN;
    }

    /// Bytes `from` to before `to`; the box's right end.
    private static int outside(Svg svg, int x, int y, String style, String name, int from, int to, String title) {
        svg.begin(title);
        svg.box(style, x, y, SCALE_WIDTH, SCALE_HEIGHT);
        svg.label(x, y, SCALE_WIDTH, SCALE_HEIGHT, List.of(name, String.format(ROOT, "bytes %d..%d", from, to - 1)));
        svg.end();
        return x + SCALE_WIDTH;
    }
}
