package tern.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One code of a tile: which weights it holds and where its fields lie.
///
/// @param section index in [Packing#sections()]
/// @param rows    row in the tile of each digit, -1 for a digit that is no weight
/// @param columns column in the tile of each digit, -1 for a digit that is no weight
/// @param bits    first bit in the tile of each field
public record PackedCode(int section, int[] rows, int[] columns, int[] bits) {

    /// Codes of a tile in ascending order of their first field's bit. A packing that fails [PackingCheck] may give
    /// codes with missing digits.
    static List<PackedCode> enumerate(Packing packing) {
        var found = new ArrayList<PackedCode>();
        for (int s = 0; s < packing.sections().size(); s++) {
            Packing.Section section = packing.sections().get(s);
            Map<List<Integer>, PackedCode> byPlace = new LinkedHashMap<>();
            int digits = section.codec().digits();
            for (int c = 0; c < section.columns(); c++) {
                for (int r = 0; r < section.rows(); r++) {
                    var place = new ArrayList<Integer>();
                    for (Packing.TileLayout field : section.fields()) place.add(field.at(r, c));
                    int digit = section.digit().at(r, c);
                    if (digit < 0 || digit >= digits) continue;
                    final int index = s;
                    PackedCode code = byPlace.computeIfAbsent(place, p -> empty(index, digits, p));
                    code.rows[digit] = section.row0() + r;
                    code.columns[digit] = section.column0() + c;
                }
            }
            found.addAll(byPlace.values());
        }
        found.sort(Comparator.comparingInt(code -> code.bits[0]));
        return found;
    }

    private static PackedCode empty(int section, int digits, List<Integer> place) {
        int[] rows = new int[digits], columns = new int[digits];
        Arrays.fill(rows, -1);
        Arrays.fill(columns, -1);
        return new PackedCode(section, rows, columns, place.stream().mapToInt(Integer::intValue).toArray());
    }

    /// Word in the tile that holds a field.
    public int word(int field, Packing packing) {
        return bits[field] / packing.word().bits();
    }

    /// Bit in its word at which a field begins.
    public int shift(int field, Packing packing) {
        return bits[field] % packing.word().bits();
    }
}
