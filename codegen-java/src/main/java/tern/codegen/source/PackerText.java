package tern.codegen.source;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Packing;
import tern.ir.Packing.Section;
import tern.ir.Packing.Where;
import tern.ir.ScaleType;
import tern.ir.text.Printer;

/// The packer of a packing in any language: it packs a matrix, reads it back, and makes random ones. Its functions are the same for all packings
/// (`packer.txt`, in what Java and C have in common); what a packing is, constants, tables and formulas say.
///
/// A language adds `load`, `store` and `clear` for bytes, and how a float is stored: `scaleBits`.
public final class PackerText {

    private final Packing packing;
    private final int m, k;

    /// @param m rows of the matrix
    /// @param k columns
    public PackerText(Packing packing, int m, int k) {
        this.packing = packing;
        this.m = m;
        this.k = k;
    }

    /// How a language says what Java and C say differently.
    ///
    /// @param in          in front of a parameter that is only read
    /// @param status      what functions give that may refuse
    /// @param digits      two arrays of PLACES, `digits` of weights and `known` of truths
    /// @param refuse      a statement: no code holds the weights
    /// @param meaningless a statement: a code means nothing
    /// @param done        a statement: nothing was refused
    /// @param refusal     the line of documentation for the first
    /// @param unreadable  the line of documentation for the second
    public record Language(
            String in, String status, String digits, String refuse, String meaningless, String done, String refusal, String unreadable) {}

    /// Why a packer of this packing cannot be written out, null if it can.
    public static @Nullable String refusal(Packing packing) {
        Packing.Scale scale = packing.scale();
        if (packing.headBytes() > 0) return "bytes stand in front of each row of tiles";
        if (scale == null) return null;
        if (scale.type() == ScaleType.E8M0) return "its scales are " + scale.type();
        return scale.place().row().cosize() + scale.place().column().cosize() - 1 > scale.place().at(0, 0) + 1 ? "a tile holds several scales" : null;
    }

    /// Whether [#functions] take a scale.
    public static boolean hasScale(Packing packing) {
        return packing.scale() != null;
    }

    /// By name, int or long.
    public Map<String, Number> constants() {
        var constants = new LinkedHashMap<String, Number>();
        constants.put("M", m);
        constants.put("K", k);
        constants.put("BYTES", packing.bytes(m, k));
        constants.put("ROW_TILES", packing.rowTiles(m));
        constants.put("COLUMN_TILES", packing.columnTiles(k));
        constants.put("ROWS", packing.rows());
        constants.put("COLUMNS", packing.columns());
        constants.put("TILE_BYTES", packing.tileBytes());
        constants.put("SECTIONS", packing.sections().size());
        constants.put("PLACES", packing.sections().stream().mapToInt(s -> 8 * packing.tileBytes() * s.codec().digits()).max().orElseThrow());
        return constants;
    }

    /// A table of numbers.
    ///
    /// @param remark what it says, in a sentence
    public record Table(String name, String remark, List<Integer> numbers) {}

    /// By section, but for the last three.
    public List<Table> tables() {
        var codes = new Codes();
        var columns = new LinkedHashMap<String, List<Integer>>();
        List<Integer> widths = new ArrayList<>();
        for (Section s : packing.sections()) {
            CodeBook book = codes.add(s.codec());
            int low = (int) book.alphabet().low(), high = (int) book.alphabet().high();
            add(columns, "ROW0", s.row0());
            add(columns, "SECTION_ROWS", s.rows());
            add(columns, "COLUMN0", s.column0());
            add(columns, "SECTION_COLUMNS", s.columns());
            add(columns, "DIGITS", s.codec().digits());
            add(columns, "LOW", low);
            add(columns, "SIZE", high - low + 1);
            add(columns, "FIELDS", s.codec().fields().size());
            add(columns, "WIDTH0", widths.size());
            for (Codec.Field field : s.codec().fields()) widths.add(field.bits());
        }
        columns.put("CODE0", codes.codes);
        columns.put("NUMBER0", codes.numbers);
        List<Table> tables = new ArrayList<>();
        columns.forEach((name, numbers) -> tables.add(new Table(name, remark(name), numbers)));
        tables.add(new Table("WIDTHS", "Bits of each field of a code, the lowest bits first, from WIDTH0 on.", widths));
        tables.add(new Table("MEANINGS", "Digits of each code from CODE0 on, as one number (d0 - LOW) + (d1 - LOW) * SIZE + ..; -1 where it means nothing.",
                codes.meanings));
        tables.add(new Table("WRITTEN", "The code to write for each such number from NUMBER0 on; -1 where there is none.", codes.written));
        return tables;
    }

    private static void add(Map<String, List<Integer>> columns, String name, int value) {
        columns.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    private static String remark(String column) {
        return switch (column) {
            case "ROW0" -> "Of each section of a tile: its first row, and so on.";
            case "DIGITS" -> "Digits of a code; each is one of SIZE from LOW on.";
            default -> "";
        };
    }

    /// The codes of all sections, one after the other.
    private static final class Codes {
        final List<Integer> codes = new ArrayList<>(List.of(0)), numbers = new ArrayList<>(List.of(0));
        final List<Integer> meanings = new ArrayList<>(), written = new ArrayList<>();

        CodeBook add(Codec codec) {
            CodeBook book = CodeBook.of(codec);
            int low = (int) book.alphabet().low(), size = (int) book.alphabet().high() - low + 1, g = codec.digits();
            List<Integer> own = new ArrayList<>(Collections.nCopies((int) Math.pow(size, g), -1));
            int[] digits = new int[g];
            for (int code = 0; code < book.codes(); code++) {
                int number = 0;
                for (int j = g - 1; j >= 0; j--) {
                    digits[j] = book.digit(code, j);
                    number = number * size + digits[j] - low;
                }
                meanings.add(book.isUsed(code) ? number : -1);
                if (book.isUsed(code)) own.set(number, book.encode(digits, 0));
            }
            written.addAll(own);
            codes.add(meanings.size());
            numbers.add(written.size());
            return book;
        }
    }

    /// The functions, each up to the brace that begins a line; the public ones are pack, unpack and random.
    public String functions(Language language) {
        var values = new HashMap<String, String>();
        values.put("in", language.in);
        values.put("status", language.status);
        values.put("digits", language.digits);
        values.put("refuse", language.refuse);
        values.put("meaningless", language.meaningless);
        values.put("done", language.done);
        values.put("refusal", language.refusal);
        values.put("meaninglessDoc", language.unreadable);
        values.put("scaleDoc", hasScale(packing) ? "@param scale of the matrix, kept beside the weights; the kernel does not read it" : "");
        values.put("scale", hasScale(packing) ? "float scale, " : "");
        values.put("scales", scale(Where.TILE));
        values.put("tail", scale(Where.TAIL));
        values.put("tile", switch (packing.order()) {
            case K_INNERMOST -> "rowTile * COLUMN_TILES + columnTile";
            case ROWS_INNERMOST -> "columnTile * ROW_TILES + rowTile";
        });
        values.put("row", packing.spread() ? "rowTile + row * ROW_TILES" : "rowTile * ROWS + row");
        return Template.of(PackerText.class, "packer.txt", values) + formulas();
    }

    /// Where a weight lies, as formulas of row and k, counted from its section's corner.
    private String formulas() {
        var digits = new StringBuilder("""
                /// Which digit of its code a weight is.
                private static int digitAt(int s, int row, int k) {
                """);
        var bits = new StringBuilder("""
                /// The bit of the tile, which is bit b % 8 of byte b / 8, at which field f of a weight's code begins.
                private static int bitAt(int s, int f, int row, int k) {
                """);
        List<Section> sections = packing.sections();
        for (int s = 0; s < sections.size(); s++) {
            boolean last = s == sections.size() - 1;
            digits.append(last ? "    return " : "    if (s == " + s + ") return ").append(Printer.print(sections.get(s).digit())).append(";\n");
            List<Packing.TileLayout> fields = sections.get(s).fields();
            for (int f = 0; f < fields.size(); f++) {
                boolean lastField = f == fields.size() - 1;
                String condition = last && lastField ? "" : last ? "if (f == " + f + ") "
                        : lastField ? "if (s == " + s + ") " : "if (s == " + s + " && f == " + f + ") ";
                bits.append("    ").append(condition).append("return ").append(Printer.print(fields.get(f))).append(";\n");
            }
        }
        return digits.append("}\n").append(bits).append("}\n").toString();
    }

    private String scale(Where where) {
        Packing.Scale scale = packing.scale();
        if (scale == null || scale.where() != where) return "";
        int place = scale.place().at(0, 0);
        String at = where == Where.TILE ? "tile + " + place : "BYTES - " + (packing.tailBytes() - place);
        return String.format(ROOT, "for (int b = 0; b < %d; b++) store(packed, %s + b, scaleBits(scale) >> 8 * b & 255);\n", scale.type().bytes(), at);
    }

    /// What the packing is, in whole sentences.
    public String words() {
        return String.format(ROOT, "The matrix is cut into tiles of %d rows and %d columns (k), %d bytes each, all tiles %s next to each other.%s%s%s",
                packing.rows(), packing.columns(), packing.tileBytes(),
                switch (packing.order()) {
                    case K_INNERMOST -> "along k of a row of tiles";
                    case ROWS_INNERMOST -> "of a column of tiles";
                },
                packing.spread() ? " Rows of a tile lie apart by the number of tiles along the rows." : "",
                packing.scale() != null && packing.scale().where() == Where.TILE ? " Each tile holds the scale of the matrix as well." : "",
                packing.tailBytes() == 0 ? "" : String.format(ROOT, " Behind the tiles lie %d bytes that are no weights.", packing.tailBytes()));
    }

    /// `2.0625`, without zeros at the end.
    public String bits() {
        return String.format(ROOT, "%.4f", packing.bitsPerWeight()).replaceAll("\\.?0+$", "");
    }
}
