package tern.ir.picture;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.Packing.Scale;
import tern.ir.Packing.Where;

/// A packing's tile with the names that a drawing gives its parts.
final class Tile {

    final Packing packing;
    final List<PackedCode> codes;
    private final Colours colours;
    /// `[row][column]`.
    private final PackedCode[][] codeOf;
    private final int[][] digitOf;
    /// The first byte of each scale, and the columns and rows of a tile that it is of; numbered in this order.
    private final TreeMap<Integer, Range> scales = new TreeMap<>();

    /// Both ends included.
    private record Range(int row0, int row1, int column0, int column1) {
        Range with(int row, int column) {
            return new Range(Math.min(row0, row), Math.max(row1, row), Math.min(column0, column), Math.max(column1, column));
        }
    }

    Tile(Packing packing) {
        this.packing = packing;
        codes = packing.codes();
        colours = Colours.of(packing);
        codeOf = new PackedCode[packing.rows()][packing.columns()];
        digitOf = new int[packing.rows()][packing.columns()];
        for (PackedCode code : codes)
            for (int j = 0; j < code.rows().length; j++) {
                if (code.rows()[j] < 0) continue;
                codeOf[code.rows()[j]][code.columns()[j]] = code;
                digitOf[code.rows()[j]][code.columns()[j]] = j;
            }
        Scale scale = packing.scale();
        for (int r = 0; r < packing.rows() && scale != null; r++)
            for (int c = 0; c < packing.columns(); c++) {
                int row = r, column = c;
                scales.compute(scale.place().at(r, c),
                        (_, known) -> (known == null ? new Range(row, row, column, column) : known).with(row, column));
            }
    }

    PackedCode code(int row, int column) {
        return codeOf[row][column];
    }

    int digit(int row, int column) {
        return digitOf[row][column];
    }

    int colour(int row, int column) {
        PackedCode code = codeOf[row][column];
        return colours.of(packing, row, column, digitOf[row][column], code.shift(0, packing));
    }

    /// What the colours mean, with the number of each.
    String colours() {
        var keys = new TreeSet<Integer>();
        for (int r = 0; r < packing.rows(); r++) for (int c = 0; c < packing.columns(); c++) keys.add(colour(r, c));
        return colours.toString() + (keys.size() == Svg.COLOURS ? " (the colours come again)" : "");
    }

    List<Codec.Field> fields(PackedCode code) {
        return packing.sections().get(code.section()).codec().fields();
    }

    /// What tells a field from those of other names: codec and field where there are several, else nothing.
    String name(PackedCode code, int field) {
        Codec codec = packing.sections().get(code.section()).codec();
        boolean alone = packing.sections().stream().allMatch(s -> s.codec().equals(codec));
        String own = codec.fields().size() == 1 ? "" : codec.fields().get(field).name();
        return alone ? own : own.isEmpty() ? codec.name() : codec.name() + "." + own;
    }

    /// `k`, or `row,k` where the tile has several rows; `-` for a digit that is no weight.
    String weight(int row, int column) {
        if (row < 0) return "-";
        return String.format(ROOT, packing.rows() == 1 ? "%2$d" : "%d,%d", row, column);
    }

    /// All that is known of a field.
    String title(PackedCode code, int field) {
        Codec codec = packing.sections().get(code.section()).codec();
        Codec.Field own = codec.fields().get(field);
        int bit = code.bits()[field];
        var weights = new ArrayList<String>();
        for (int j = 0; j < code.rows().length; j++)
            weights.add(String.format(ROOT, "digit %d: %s", j,
                    code.rows()[j] < 0 ? "no weight" : String.format(ROOT, "row %d, k %d", code.rows()[j], code.columns()[j])));
        return String.format(ROOT, "%s of codec %s: %s of word %d, %s of the tile\n%s", own.name(), codec.name(),
                bits(code.shift(field, packing), own.bits()), code.word(field, packing), bits(bit, own.bits()), String.join("\n", weights));
    }

    static String bits(int first, int count) {
        return count == 1 ? "bit " + first : String.format(ROOT, "bits %d..%d", first, first + count - 1);
    }

    boolean hasScales(Where where) {
        Scale scale = packing.scale();
        return scale != null && scale.where() == where;
    }

    /// Whether weights of a tile differ in their scale.
    boolean hasSeveralScales() {
        return scales.size() > 1;
    }

    List<Integer> scaleBytes() {
        return List.copyOf(scales.keySet());
    }

    /// Its number, null where the packing has none.
    @Nullable
    Integer scaleOf(int row, int column) {
        Scale scale = packing.scale();
        return scale == null ? null : scales.headMap(scale.place().at(row, column)).size();
    }

    String scaleTitle(int number) {
        Scale scale = Objects.requireNonNull(packing.scale());
        int at = scaleBytes().get(number);
        Range of = Objects.requireNonNull(scales.get(at));
        return String.format(ROOT, "scale %d, %s, bytes %d..%d: of rows %d..%d, k %d..%d", number, scale.type(), at, at + scale.type().bytes() - 1,
                of.row0, of.row1, of.column0, of.column1);
    }
}
