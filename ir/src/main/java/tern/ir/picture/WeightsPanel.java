package tern.ir.picture;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.ir.PackedCode;
import tern.ir.Packing;

/// A tile's weights, row by row: where each is stored.
final class WeightsPanel {

    private static final int LINE_WIDTH = 1250, MARGIN = 60, GAP = 14;

    private final Tile tile;
    private final Packing packing;
    private final int cellWidth, cellHeight;
    /// Columns of the tile that are drawn side by side.
    private final int together;

    WeightsPanel(Tile tile) {
        this.tile = tile;
        packing = tile.packing;
        int letters = ("k " + (packing.columns() - 1)).length(), lines = 1;
        for (int r = 0; r < packing.rows(); r++)
            for (int c = 0; c < packing.columns(); c++) {
                List<String> label = label(r, c);
                lines = Math.max(lines, label.size());
                for (String line : label) letters = Math.max(letters, line.length());
            }
        cellWidth = letters * Svg.LETTER + 8;
        cellHeight = lines * Svg.LINE + 4;
        int fit = (LINE_WIDTH - MARGIN) / cellWidth;
        together = Math.min(packing.columns(), fit >= 8 ? fit / 8 * 8 : Math.max(1, fit));
    }

    /// `word.bit` of each field, then the digit, and the scale.
    private List<String> label(int row, int column) {
        PackedCode code = tile.code(row, column);
        var lines = new ArrayList<String>();
        for (int f = 0; f < code.bits().length; f++) lines.add(String.format(ROOT, "%d.%d", code.word(f, packing), code.shift(f, packing)));
        if (code.rows().length > 1) lines.set(lines.size() - 1, lines.getLast() + ":" + tile.digit(row, column));
        if (tile.hasSeveralScales()) lines.add("s" + tile.scaleOf(row, column));
        return lines;
    }

    /// How to read a cell.
    String legend() {
        String digit = packing.sections().stream().anyMatch(s -> s.codec().digits() > 1) ? ":digit" : "";
        String fields = packing.sections().stream().anyMatch(s -> s.codec().fields().size() > 1) ? ", for each field" : "";
        return "weight: word.bit" + digit + fields + (tile.hasSeveralScales() ? ", and its scale" : "");
    }

    int width() {
        return MARGIN + together * cellWidth;
    }

    private int blockHeight() {
        return Svg.LINE + 4 + packing.rows() * cellHeight + GAP;
    }

    int height() {
        return Math.ceilDiv(packing.columns(), together) * blockHeight();
    }

    void draw(Svg svg, int left, int top) {
        for (int first = 0; first < packing.columns(); first += together) {
            int y = top + first / together * blockHeight(), end = Math.min(packing.columns(), first + together);
            for (int c = first; c < end; c++) svg.write("dim mid", left + MARGIN + (c - first) * cellWidth + cellWidth / 2, y + Svg.LINE, "k " + c);
            for (int r = 0; r < packing.rows(); r++) {
                int at = y + Svg.LINE + 4 + r * cellHeight;
                svg.write("", left, at + cellHeight / 2 + 3, "row " + r);
                for (int c = first; c < end; c++) cell(svg, r, c, left + MARGIN + (c - first) * cellWidth, at);
            }
        }
    }

    private void cell(Svg svg, int row, int column, int x, int y) {
        PackedCode code = tile.code(row, column);
        var titles = new ArrayList<String>();
        titles.add(String.format(ROOT, "row %d, k %d: digit %d", row, column, tile.digit(row, column)));
        for (int f = 0; f < code.bits().length; f++) {
            var field = tile.fields(code).get(f);
            titles.add(String.format(ROOT, "%s: word %d, %s", field.name(), code.word(f, packing), Tile.bits(code.shift(f, packing), field.bits())));
        }
        Integer scale = tile.scaleOf(row, column);
        if (scale != null) titles.add(tile.scaleTitle(scale));
        svg.begin(String.join("\n", titles));
        svg.box("box c" + tile.colour(row, column), x, y, cellWidth, cellHeight);
        svg.label(x, y, cellWidth, cellHeight, label(row, column));
        svg.end();
    }
}
