package tern.scheduler.vector;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        Map<List<Integer>, Integer> slots = new LinkedHashMap<>();
        var order = new ArrayList<int[]>();
        int[][] index = new int[cover.vectors().size()][];
        for (int v = 0; v < index.length; v++) {
            CodeVector vector = cover.vectors().get(v);
            index[v] = new int[cover.digits(vector)];
            for (int j = 0; j < index[v].length; j++) {
                int[] columns = broadcast ? new int[] {vector.column(j)} : vector.columns(j);
                Integer known = slots.putIfAbsent(TileCover.asList(columns), order.size());
                index[v][j] = known == null ? order.size() : known;
                if (known == null) order.add(columns);
            }
        }
        return new Ordered(element, stride, order, index);
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
