package tern.ir.picture;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Packing.Where;

/// A tile's memory: word after word, each from its top bit down, and in it every field, scale and unused bit.
final class WordsPanel {

    /// Pixels of a bit, and of a line of words, at most.
    private static final int NARROWEST = 14, WIDEST = 48, LINE_WIDTH = 1250;

    /// Lines of a label that are worth a wider bit, and what stands above a line of words.
    private static final int LINES = 4, HEAD = 2 * Svg.LINE + 4, GAP = 10, PADDING = 6;

    /// Bits of one word.
    ///
    /// @param first   bit in the tile
    /// @param words   what must not be cut, in order
    /// @param colours from the left: stripes of equal width; none for the style's own colour
    private record Cell(int first, int bits, List<String> words, List<Integer> colours, String style, String title) {}

    private final Tile tile;
    private final Packing packing;
    private final List<Cell> cells = new ArrayList<>();
    private final int word, bitWidth, height, together;

    WordsPanel(Tile tile, PackingCheck.Report report) {
        this.tile = tile;
        packing = tile.packing;
        word = packing.word().bits();
        for (PackedCode code : tile.codes) for (int f = 0; f < code.bits().length; f++) cells.add(cell(code, f));
        if (tile.hasScales(Where.TILE)) for (int s = 0; s < tile.scaleBytes().size(); s++) addScale(s);
        for (PackingCheck.Bits hole : report.holes())
            addPieces(hole.first(), hole.last(), (first, last) -> new Cell(first, last - first + 1, List.of(), List.of(), "unused",
                    "unused " + Tile.bits(first, last - first + 1)));
        int width = NARROWEST;
        while (width < WIDEST && (lines(width) > LINES || cuts(width))) width += 2;
        bitWidth = width;
        height = lines(width) * Svg.LINE + 8;
        together = Math.max(1, Integer.highestOneBit(LINE_WIDTH / (word * bitWidth + GAP)));
    }

    private Cell cell(PackedCode code, int field) {
        var words = new ArrayList<String>();
        if (!tile.name(code, field).isEmpty()) words.add(tile.name(code, field));
        var colours = new ArrayList<Integer>();
        for (int j = 0; j < code.rows().length; j++) {
            words.add(tile.weight(code.rows()[j], code.columns()[j]));
            colours.add(code.rows()[j] < 0 ? -1 : tile.colour(code.rows()[j], code.columns()[j]));
        }
        return new Cell(code.bits()[field], tile.fields(code).get(field).bits(), words, colours, "box", tile.title(code, field));
    }

    private void addScale(int number) {
        int first = tile.scaleBytes().get(number) * 8, bits = Objects.requireNonNull(packing.scale()).type().bytes() * 8;
        addPieces(first, first + bits - 1, (from, to) -> new Cell(from, to - from + 1,
                List.of("scale " + number, String.format(ROOT, "[%d..%d]", from - first, to - first)), List.of(), "scale", tile.scaleTitle(number)));
    }

    private interface Piece {
        Cell of(int first, int last);
    }

    /// Word by word.
    private void addPieces(int first, int last, Piece piece) {
        for (int from = first; from <= last; from = (from / word + 1) * word) cells.add(piece.of(from, Math.min(last, (from / word + 1) * word - 1)));
    }

    /// Of the highest label.
    private int lines(int width) {
        return cells.stream().mapToInt(cell -> label(cell, width).size()).max().orElse(1);
    }

    /// Whether a label's word is longer than its box.
    private boolean cuts(int width) {
        return cells.stream().anyMatch(cell -> cell.words.stream().anyMatch(word -> word.length() > letters(cell, width)));
    }

    private static int letters(Cell cell, int width) {
        return Math.max(1, (cell.bits * width - PADDING) / Svg.LETTER);
    }

    /// As many words as there is room for in a line, broken at commas where one alone is too long.
    private static List<String> label(Cell cell, int width) {
        int letters = letters(cell, width);
        var lines = new ArrayList<String>();
        for (String word : cell.words) {
            String last = lines.isEmpty() ? "" : lines.getLast();
            if (!last.isEmpty() && last.length() + 1 + word.length() <= letters) lines.set(lines.size() - 1, last + " " + word);
            else if (word.length() <= letters || !word.contains(",")) lines.add(word);
            else lines.addAll(List.of(word.split("(?<=,)", 2)));
            if (lines.getLast().length() > letters && !word.contains(",")) lines.addAll(cut(lines.removeLast(), letters));
        }
        return lines;
    }

    /// A name that is longer than its box.
    private static List<String> cut(String name, int letters) {
        var parts = new ArrayList<String>();
        for (int at = 0; at < name.length(); at += letters) parts.add(name.substring(at, Math.min(name.length(), at + letters)));
        return parts;
    }

    int width() {
        return together * (word * bitWidth + GAP);
    }

    int height() {
        return Math.ceilDiv(packing.words(), together) * (HEAD + height + GAP);
    }

    void draw(Svg svg, int left, int top) {
        for (int w = 0; w < packing.words(); w++) {
            int x = left + w % together * (word * bitWidth + GAP), y = top + w / together * (HEAD + height + GAP);
            int bytes = word / 8;
            svg.write("", x, y + Svg.LINE, bytes == 1 ? String.format(ROOT, "byte %d", w)
                    : String.format(ROOT, "word %d: bytes %d..%d", w, w * bytes, w * bytes + bytes - 1));
            for (int bit = 0; bit < word; bit++) svg.write("dim mid", x + (word - bit) * bitWidth - bitWidth / 2, y + HEAD - 3, "" + bit);
        }
        for (Cell cell : cells) draw(svg, cell, left, top);
        for (int w = 0; w < packing.words(); w++)
            svg.box("word", left + w % together * (word * bitWidth + GAP), top + w / together * (HEAD + height + GAP) + HEAD, word * bitWidth, height);
    }

    private void draw(Svg svg, Cell cell, int left, int top) {
        int w = cell.first / word, above = word - cell.first % word - cell.bits;
        int x = left + w % together * (word * bitWidth + GAP) + above * bitWidth, y = top + w / together * (HEAD + height + GAP) + HEAD;
        int width = cell.bits * bitWidth, stripes = cell.colours.size();
        svg.begin(cell.title);
        for (int s = 0; s < stripes; s++) {
            int from = width * s / stripes, to = width * (s + 1) / stripes;
            svg.box(cell.colours.get(s) < 0 ? "unused" : "c" + cell.colours.get(s), x + from, y, to - from, height);
        }
        svg.box(cell.style, x, y, width, height);
        svg.label(x, y, width, height, label(cell, bitWidth));
        svg.end();
    }
}
