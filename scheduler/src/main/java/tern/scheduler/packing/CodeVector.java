package tern.scheduler.packing;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.PackedCode;
import tern.scheduler.problem.InapplicableException;

/// Codes of a tile that one vector value can hold: for every field, consecutive words at one shift.
///
/// @param section index of the section all codes belong to
/// @param words   for each field, the word in the tile that lane 0 reads; lane l reads the word `l` further
/// @param shifts  for each field, its lowest bit in the word
/// @param lanes   the code in each lane; null where the word holds no such code
public record CodeVector(int section, int[] words, int[] shifts, List<@Nullable PackedCode> lanes) {

    /// Column in the tile of digit `j` in each lane, -1 where there is no weight.
    public int[] columns(int j) {
        return lanes.stream().mapToInt(code -> code == null ? -1 : code.columns()[j]).toArray();
    }

    /// Row in the tile of digit `j` in each lane, -1 where there is no weight.
    int[] rows(int j) {
        return lanes.stream().mapToInt(code -> code == null ? -1 : code.rows()[j]).toArray();
    }

    /// The row of each lane's code, -1 in an empty lane.
    ///
    /// @throws IllegalStateException if the digits of some code lie in several rows
    public int[] codeRows() {
        return lanes.stream().mapToInt(code -> code == null ? -1 : rowOf(code)).toArray();
    }

    /// The row that digit `j` of four lanes each belongs to, -1 where there is no weight.
    ///
    /// @throws InapplicableException if they belong to several rows
    int[] rowsOfFours(int j) {
        int[] rows = rows(j), fours = new int[rows.length / 4];
        Arrays.fill(fours, -1);
        for (int lane = 0; lane < rows.length; lane++) {
            if (rows[lane] < 0) continue;
            if (fours[lane / 4] >= 0 && fours[lane / 4] != rows[lane])
                throw new InapplicableException("four neighbouring bytes hold weights of several rows");
            fours[lane / 4] = rows[lane];
        }
        return fours;
    }

    /// True if the digits of every code lie in one row.
    public boolean hasOneRowPerCode() {
        return lanes.stream()
                .allMatch(code -> code == null
                        || Arrays.stream(code.rows()).filter(r -> r >= 0).distinct().count() == 1);
    }

    /// True if digit `j` has the same column in every lane that holds a code.
    public boolean hasOneColumn(int j) {
        return lanes.stream()
                .filter(code -> code != null)
                .mapToInt(code -> code.columns()[j])
                .distinct()
                .count()
                == 1;
    }

    /// The column of digit `j` of the first lane that holds a code.
    public int column(int j) {
        for (PackedCode code : lanes) if (code != null) return code.columns()[j];
        throw new IllegalStateException("a vector without codes");
    }

    private static int rowOf(PackedCode code) {
        int[] rows = Arrays.stream(code.rows()).filter(r -> r >= 0).distinct().toArray();
        if (rows.length != 1) throw new IllegalStateException("a code whose digits lie in " + rows.length + " rows");
        return rows[0];
    }
}
