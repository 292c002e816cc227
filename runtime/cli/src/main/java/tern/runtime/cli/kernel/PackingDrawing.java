package tern.runtime.cli.kernel;

import java.util.ArrayList;
import java.util.List;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.runtime.cli.report.Grid;

/// A packing as people see it: for each weight of the tile the word and the bit of its code, and which digit of it; and for each
/// word what its bits hold.
final class PackingDrawing {

    /// Rows, columns and words of a tile that are drawn.
    private static final int ROWS = 8, COLUMNS = 16, WORDS = 4;

    private final Packing packing;
    private final PackedCode[][] codes;
    private final int[][] digits;

    private PackingDrawing(Packing packing) {
        this.packing = packing;
        codes = new PackedCode[packing.rows()][packing.columns()];
        digits = new int[packing.rows()][packing.columns()];
        for (PackedCode code : packing.codes())
            for (int j = 0; j < code.rows().length; j++) {
                if (code.rows()[j] < 0) continue;
                codes[code.rows()[j]][code.columns()[j]] = code;
                digits[code.rows()[j]][code.columns()[j]] = j;
            }
    }

    static String of(Packing packing) {
        var drawing = new PackingDrawing(packing);
        return PackingCheck.of(packing) + "\n\n" + drawing.weights() + "\n" + drawing.words();
    }

    /// Weight to place: `word.bit`, `word.bit/word.bit` for codes of two fields, `:digit` where codes have several.
    private String weights() {
        int rows = Math.min(ROWS, packing.rows()), columns = Math.min(COLUMNS, packing.columns());
        String[] heads = new String[columns + 1];
        heads[0] = "";
        for (int c = 0; c < columns; c++) heads[c + 1] = "k " + c;
        var table = new Grid(heads);
        for (int r = 0; r < rows; r++) {
            Object[] cells = new Object[columns + 1];
            cells[0] = "row " + r;
            for (int c = 0; c < columns; c++) cells[c + 1] = place(r, c);
            table.row(cells);
        }
        boolean whole = rows == packing.rows() && columns == packing.columns();
        return "weight -> %s word.bit%s\n%s%s".formatted(
                packing.word(),
                packing.sections().stream().anyMatch(s -> s.codec().digits() > 1) ? ":digit" : "",
                table,
                whole ? "" : "(rows 0..%d of %d, k 0..%d of %d)\n".formatted(rows - 1, packing.rows(), columns - 1, packing.columns()));
    }

    private String place(int row, int column) {
        PackedCode code = codes[row][column];
        var fields = new ArrayList<String>();
        for (int f = 0; f < code.bits().length; f++) fields.add(code.word(f, packing) + "." + code.shift(f, packing));
        String digit = code.rows().length > 1 ? ":" + digits[row][column] : "";
        return String.join("/", fields) + digit;
    }

    /// Bits to weights: from the top bit of each word down.
    private String words() {
        var text = new StringBuilder("word -> bits, from the top, with their weights as row,k\n");
        int shown = Math.min(WORDS, packing.words());
        for (int word = 0; word < shown; word++) text.append("%4d  ".formatted(word)).append(word(word)).append('\n');
        if (shown < packing.words()) text.append("(words 0..%d of %d)\n".formatted(shown - 1, packing.words()));
        return text.toString();
    }

    private String word(int word) {
        int bits = packing.word().bits();
        String[] fields = new String[bits];
        int[] width = new int[bits];
        for (PackedCode code : packing.codes())
            for (int f = 0; f < code.bits().length; f++) {
                if (code.word(f, packing) != word) continue;
                int shift = code.shift(f, packing);
                List<tern.ir.Codec.Field> known = packing.sections().get(code.section()).codec().fields();
                width[shift] = known.get(f).bits();
                fields[shift] = (known.size() > 1 ? known.get(f).name() + " of " : "") + weights(code);
            }
        var parts = new ArrayList<String>();
        for (int bit = bits - 1; bit >= 0; bit--)
            if (width[bit] > 0)
                parts.add((width[bit] == 1 ? "" : bit + width[bit] - 1 + "..") + bit + " = " + fields[bit]);
        return parts.isEmpty() ? "no weights" : String.join(" | ", parts);
    }

    private static String weights(PackedCode code) {
        var weights = new ArrayList<String>();
        for (int j = 0; j < code.rows().length; j++)
            weights.add(code.rows()[j] < 0 ? "none" : code.rows()[j] + "," + code.columns()[j]);
        return String.join(" ", weights);
    }
}
