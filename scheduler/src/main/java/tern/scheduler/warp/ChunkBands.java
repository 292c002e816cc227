package tern.scheduler.warp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tern.scheduler.packing.TileCover;
import tern.scheduler.problem.InapplicableException;

/// How the lanes of a warp share out the chunks after which a packing repeats. A band is a set of chunks that follow each other along k
/// and hold the same rows; each band of a row tile then counts as a row tile of its own.
///
///     tile of 16 rows, chunks   0: rows 0-3, k 0-15     1: rows 4-7, k 0-15     2: rows 0-3, k 16-31    ...
///     bands                     0: chunks 0, 2          1: chunks 1, 3          2: chunks 4, 6          ...
///
/// @param members `[band][number along k]` class of the chunk
public record ChunkBands(int[][] members) {

    /// All chunks in their order, whatever rows they hold.
    static ChunkBands together(ChunkView view) {
        return new ChunkBands(new int[][] {IntStream.range(0, view.classes()).toArray()});
    }

    /// Bands of equal rows.
    ///
    /// @throws InapplicableException if bands differ in more than their rows
    static ChunkBands byRows(ChunkView view) {
        Map<List<Integer>, List<Integer>> found = new LinkedHashMap<>();
        for (int c = 0; c < view.classes(); c++)
            found.computeIfAbsent(TileCover.asList(view.rows()[c]), rows -> new ArrayList<>()).add(c);
        var bands = new ChunkBands(found.values().stream()
                .map(band -> band.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new));
        bands.check(view);
        return bands;
    }

    private void check(ChunkView view) {
        for (int[] band : members) {
            if (band.length != each()) throw new InapplicableException("some rows lie in more chunks than others");
            for (int[][] word : view.columns())
                for (int x = 0; x < each(); x++)
                    if (!Arrays.equals(word[band[x]], word[members[0][x]]))
                        throw new InapplicableException("chunks of different rows hold different columns");
        }
    }

    int count() {
        return members.length;
    }

    /// Chunks of a band.
    public int each() {
        return members[0].length;
    }

    /// The band that holds a row of a tile.
    int of(ChunkView view, int row) {
        for (int band = 0; band < count(); band++)
            for (int held : view.rows()[members[band][0]]) if (held == row) return band;
        throw new InapplicableException("row " + row + " of a tile lies in no chunk");
    }
}
