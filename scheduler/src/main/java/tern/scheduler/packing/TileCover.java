package tern.scheduler.packing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.scheduler.problem.InapplicableException;

/// All codes of a tile, gathered into vectors of consecutive words: the one view of a packing that lowerings need, found by
/// enumeration, so that it works for a packing nobody has seen.
///
/// I2_S with 32 lanes: one load of 32 bytes, four vectors (shifts 6, 4, 2, 0), lanes along k. tri5r32 with 32 lanes: one
/// load of 32 words, three vectors, lanes along the rows.
///
/// @param lanes   of every vector
/// @param vectors in the order of their words
public record TileCover(Packing packing, int lanes, List<CodeVector> vectors) {

    public TileCover {
        vectors = List.copyOf(vectors);
    }

    /// Vectors of consecutive words.
    public static TileCover of(Packing packing, int lanes) {
        return of(packing, packing.word().bits(), 1, lanes);
    }

    /// Vectors of consecutive bytes, whatever the words are: lane l is byte `words()[0] + l` of the tile, and fours of lanes begin at a
    /// byte that is a multiple of four and of the words.
    ///
    /// @throws InapplicableException if a code does not lie within one byte
    public static TileCover ofBytes(Packing packing, int lanes) {
        for (PackedCode code : packing.codes()) {
            int bits = packing.sections().get(code.section()).codec().bits(), first = code.bits()[0];
            if (code.bits().length > 1) throw new InapplicableException("a code has several fields");
            if (first / 8 != (first + bits - 1) / 8) throw new InapplicableException("a code lies in several bytes");
        }
        return of(packing, 8, Math.max(4, packing.word().bytes()), lanes);
    }

    /// @param wordBits  of the words that lanes are
    /// @param alignment words between the places where a vector may begin
    private static TileCover of(Packing packing, int wordBits, int alignment, int lanes) {
        record Bucket(int section, List<Integer> shifts, List<Integer> distances) {}
        Map<Bucket, TreeMap<Integer, PackedCode>> buckets = new LinkedHashMap<>();
        for (PackedCode code : packing.codes()) {
            int fields = code.bits().length, first = code.bits()[0] / wordBits;
            var shifts = new ArrayList<Integer>();
            var distances = new ArrayList<Integer>();
            for (int f = 0; f < fields; f++) {
                shifts.add(code.bits()[f] % wordBits);
                distances.add(code.bits()[f] / wordBits - first);
            }
            buckets.computeIfAbsent(new Bucket(code.section(), shifts, distances), b -> new TreeMap<>()).put(first, code);
        }
        var vectors = new ArrayList<CodeVector>();
        buckets.forEach((bucket, codes) -> {
            while (!codes.isEmpty()) {
                int start = codes.firstKey() / alignment * alignment;
                List<@Nullable PackedCode> held = new ArrayList<>();
                for (int lane = 0; lane < lanes; lane++) held.add(codes.remove(start + lane));
                vectors.add(new CodeVector(
                        bucket.section,
                        bucket.distances.stream().mapToInt(d -> start + d).toArray(),
                        bucket.shifts.stream().mapToInt(Integer::intValue).toArray(),
                        held));
            }
        });
        vectors.sort(Comparator.<CodeVector>comparingInt(v -> v.words()[0]).thenComparingInt(v -> v.shifts()[0]));
        return new TileCover(packing, lanes, vectors);
    }

    /// True if in every vector each digit has one column: an activation can be broadcast, a table shared by all lanes.
    public boolean hasOneColumnPerDigit() {
        return vectors.stream().allMatch(v -> {
            for (int j = 0; j < digits(v); j++) if (!v.hasOneColumn(j)) return false;
            return true;
        });
    }

    /// True if the digits of every code lie in one row: a table of partial sums serves the code.
    public boolean hasOneRowPerCode() {
        return vectors.stream().allMatch(CodeVector::hasOneRowPerCode);
    }

    public int digits(CodeVector vector) {
        return packing.sections().get(vector.section()).codec().digits();
    }

    /// Lane layouts of the accumulators and which one each digit of each vector adds to.
    ///
    /// @param rows  for each accumulator, the row in the tile of each lane, -1 where the lane means nothing
    /// @param index `[vector][digit]`, or `[vector][0]` if codes are added whole
    public record Accumulators(List<int[]> rows, int[][] index) {

        /// Most additions to one accumulator in one tile.
        public int additions() {
            int[] count = new int[rows.size()];
            for (int[] digits : index) for (int a : digits) count[a]++;
            return Arrays.stream(count).max().orElse(0);
        }

        /// True if lane l of accumulator a is row `a * lanes + l`, for all `tileRows` rows.
        public boolean areRowsInOrder(int tileRows) {
            int lane = 0;
            for (int[] layout : rows) {
                for (int row : layout) {
                    if (lane < tileRows && row != lane || lane >= tileRows && row != -1) return false;
                    lane++;
                }
            }
            return lane >= tileRows;
        }
    }

    /// @param wholeCodes true: one accumulator a code (tables); false: one a digit
    public Accumulators accumulators(boolean wholeCodes) {
        return wholeCodes ? accumulators(_ -> 1, (v, _) -> v.codeRows()) : accumulators(this::digits, CodeVector::rows);
    }

    /// Of sums over four lanes each.
    ///
    /// @throws InapplicableException if four lanes hold weights of several rows
    public Accumulators accumulatorsOfFours() {
        return accumulators(this::digits, CodeVector::rowsOfFours);
    }

    private interface LaneRows {
        int[] of(CodeVector vector, int digit);
    }

    private Accumulators accumulators(ToIntFunction<CodeVector> terms, LaneRows laneRows) {
        record Key(List<Integer> rows) {}
        Map<Key, Integer> order = new LinkedHashMap<>();
        var layouts = new ArrayList<int[]>();
        for (CodeVector v : vectors)
            for (int j = 0; j < terms.applyAsInt(v); j++) {
                int[] rows = laneRows.of(v, j);
                if (order.putIfAbsent(new Key(asList(rows)), 0) == null) layouts.add(rows);
            }
        layouts.sort(Comparator.comparingInt(rows -> Arrays.stream(rows).filter(r -> r >= 0).min().orElse(Integer.MAX_VALUE)));
        for (int a = 0; a < layouts.size(); a++) order.put(new Key(asList(layouts.get(a))), a);
        int[][] index = new int[vectors.size()][];
        for (int i = 0; i < index.length; i++) {
            CodeVector v = vectors.get(i);
            index[i] = new int[terms.applyAsInt(v)];
            for (int j = 0; j < index[i].length; j++) {
                Integer a = order.get(new Key(asList(laneRows.of(v, j))));
                if (a == null) throw new IllegalStateException("an accumulator without a number");
                index[i][j] = a;
            }
        }
        return new Accumulators(layouts, index);
    }

    public static List<Integer> asList(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
