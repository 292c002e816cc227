package tern.scheduler.vector;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Packing;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.TileCover;

/// The activations as a multiply kernel wants them: for each k tile, [#slots] runs of [#stride] elements.
///
/// In memory: `[token block][k tile][slot][token in block][stride]`.
public sealed interface ActivationForm {

    Element element();

    /// Runs for each k tile and token.
    int slots();

    /// Elements of a run.
    int stride();

    /// Elements at the end of all for each token and group, which are its sum.
    default int sums() {
        return 0;
    }

    /// The run that digit `j` of vector `v` reads; tables serve whole codes, j = 0.
    int slot(int v, int j);

    /// The activations themselves in the order of use, 0 where there is none.
    ///
    /// @param order for each slot, the column in the tile of each lane, -1 for none
    record Ordered(Element element, int stride, List<int[]> order, int[][] index) implements ActivationForm {
        @Override
        public int slots() {
            return order.size();
        }

        @Override
        public int slot(int v, int j) {
            return index[v][j];
        }
    }

    /// The activations in the order of use, four bytes in an element, 0 where there is none; at the end of all, for each token and group, the sum of
    /// its activations.
    ///
    /// @param order for each slot, the column in the tile of each byte, -1 for none
    record Fours(List<int[]> order, int[][] index) implements ActivationForm {
        /// Activations in an element.
        static final int BYTES = 4;

        @Override
        public Element element() {
            return Element.I32;
        }

        @Override
        public int slots() {
            return order.size();
        }

        @Override
        public int stride() {
            return order.getFirst().length / BYTES;
        }

        @Override
        public int sums() {
            return 1;
        }

        @Override
        public int slot(int v, int j) {
            return index[v][j];
        }
    }

    /// Partial sums: entry c of a run is `sum_j digit_j(c) * x[column_j]`; a run longer than the codes repeats them, so that an
    /// index needs no mask.
    ///
    /// @param tables for each slot, whose digits and which columns
    record Tables(Element element, int stride, List<Table> tables, int[] index) implements ActivationForm {
        @Override
        public int slots() {
            return tables.size();
        }

        @Override
        public int slot(int v, int j) {
            return index[v];
        }
    }

    /// @param book    meaning of the entries
    /// @param columns column in the tile of each digit, -1 for none
    record Table(CodeBook book, List<Integer> columns) {}

    static ActivationForm ordered(TileCover cover, Element element) {
        boolean broadcast = cover.hasOneColumnPerDigit();
        int stride = broadcast ? 1 : cover.lanes();
        var order = new ArrayList<int[]>();
        int[][] index = slots(cover, order, (v, j) -> broadcast ? new int[] {v.column(j)} : v.columns(j));
        return new Ordered(element, stride, order, index);
    }

    static ActivationForm fours(TileCover cover) {
        boolean repeats = cover.vectors().stream()
                .allMatch(v -> IntStream.range(0, cover.digits(v)).allMatch(j -> repeatsEachFour(v.columns(j))));
        var order = new ArrayList<int[]>();
        int[][] index = slots(cover, order, (v, j) -> repeats ? firstFour(v.columns(j)) : v.columns(j));
        return new Fours(order, index);
    }

    /// True if one element of four activations can serve all lanes. Only where no lane of a four holds a weight may others be met.
    private static boolean repeatsEachFour(int[] columns) {
        int[] four = firstFour(columns);
        return IntStream.range(0, columns.length).allMatch(l -> columns[l] == four[l % 4]
                || IntStream.range(l / 4 * 4, l / 4 * 4 + 4).allMatch(other -> columns[other] < 0));
    }

    private static int[] firstFour(int[] columns) {
        int[] four = {-1, -1, -1, -1};
        for (int l = columns.length - 1; l >= 0; l--) if (columns[l] >= 0) four[l % 4] = columns[l];
        return four;
    }

    /// Adds the different runs of columns to `order`; which of them each digit of each vector reads.
    private static int[][] slots(TileCover cover, List<int[]> order, BiFunction<CodeVector, Integer, int[]> columnsOf) {
        Map<List<Integer>, Integer> slots = new LinkedHashMap<>();
        int[][] index = new int[cover.vectors().size()][];
        for (int v = 0; v < index.length; v++) {
            CodeVector vector = cover.vectors().get(v);
            index[v] = new int[cover.digits(vector)];
            for (int j = 0; j < index[v].length; j++) {
                int[] columns = columnsOf.apply(vector, j);
                Integer known = slots.putIfAbsent(TileCover.asList(columns), order.size());
                index[v][j] = known == null ? order.size() : known;
                if (known == null) order.add(columns);
            }
        }
        return index;
    }

    static ActivationForm tables(TileCover cover, Element element) {
        Packing packing = cover.packing();
        record Key(int section, List<Integer> columns) {}
        Map<Key, Integer> slots = new LinkedHashMap<>();
        var tables = new ArrayList<Table>();
        List<CodeBook> books =
                packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        int codes = books.stream().mapToInt(CodeBook::codes).max().orElseThrow();
        int stride = cover.lanes() == 1 ? codes : Math.max(codes, cover.lanes());
        int[] index = new int[cover.vectors().size()];
        for (int v = 0; v < index.length; v++) {
            CodeVector vector = cover.vectors().get(v);
            var columns = new ArrayList<Integer>();
            for (int j = 0; j < cover.digits(vector); j++) columns.add(vector.column(j));
            Integer known = slots.putIfAbsent(new Key(vector.section(), columns), tables.size());
            index[v] = known == null ? tables.size() : known;
            if (known == null) tables.add(new Table(books.get(vector.section()), columns));
        }
        return new Tables(element, stride, tables, index);
    }
}
