package tern.codegen.jvm.source;

import java.util.Locale;
import tern.ir.Packing;
import tern.ir.Packing.Section;
import tern.ir.text.Printer;

/// A packing in words, for comments: where each weight lies.
final class PackingWords {

    private PackingWords() {}

    /// Text of a Javadoc comment.
    static String of(Packing packing) {
        var text = new StringBuilder();
        text.append("Weights in packing %s: %s bits each.\n\n<pre>{@code\n%s}</pre>\n\n".formatted(packing.name(),
                trimmed(packing.bitsPerWeight()), Printer.printWithCodecs(packing)));
        text.append("The matrix is cut into tiles of %d rows and %d columns (k), %d bytes each, %s.%s\n".formatted(
                packing.rows(), packing.columns(), packing.tileBytes(),
                switch (packing.order()) {
                    case K_INNERMOST -> "all tiles along k of a row of tiles next to each other";
                    case ROWS_INNERMOST -> "all tiles of a column of tiles next to each other";
                },
                packing.spread() ? " Rows of a tile lie apart by the number of tiles along the rows." : ""));
        for (Section section : packing.sections()) text.append(section(section, packing));
        if (!packing.extras().isEmpty()) text.append("Each tile holds the scale of the matrix as well.\n");
        if (packing.tailBytes() > 0) text.append("Behind the tiles lie %d bytes that are no weights.\n".formatted(packing.tailBytes()));
        return text.append("Bit b of a tile is bit b % 8 of its byte b / 8.\n").toString();
    }

    private static String section(Section s, Packing packing) {
        boolean all = packing.sections().size() == 1;
        String where = all ? "" : " of rows %d to %d and k %d to %d (counted from there)".formatted(
                s.row0(), s.row0() + s.rows() - 1, s.column0(), s.column0() + s.columns() - 1);
        var text = new StringBuilder("A weight%s at row and k of its tile is ".formatted(where));
        text.append(s.codec().digits() == 1 ? "a code" : "digit " + Printer.print(s.digit()) + " of the code");
        for (int f = 0; f < s.fields().size(); f++) {
            String field = s.fields().size() == 1 ? "" : "field " + s.codec().fields().get(f).name() + " of ";
            text.append(f == 0 ? " with " : ", ").append(field).append("%d bit%s from bit %s on".formatted(
                    s.codec().fields().get(f).bits(), s.codec().fields().get(f).bits() == 1 ? "" : "s", Printer.print(s.fields().get(f))));
        }
        return text.append(".\n").toString();
    }

    private static String trimmed(double number) {
        return String.format(Locale.ROOT, "%.4f", number).replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
