package tern.ir.loop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;

/// How accesses are spread whose place a constant table names: `sums[base + table[v] +: 16]` for each v.
final class Spread {

    private Spread() {}

    /// The elements that iteration i touches: from `table[i + offset] + low` up to, not including, `table[i + offset] + high`.
    ///
    /// @param entries only these numbers of the table count
    private record Window(List<Integer> table, long offset, Interval entries, long low, long high) {}

    /// In how many iterations the same element is touched, at most; `Long.MAX_VALUE` if nobody knows.
    ///
    /// @param index    of the loop
    /// @param accesses of one buffer in an iteration
    static long visits(Facts facts, Atom index, List<Regions.Access> accesses) {
        var windows = new LinkedHashMap<Atom, Window>();
        Affine base = null;
        for (Regions.Access access : accesses) {
            if (access.low().isConstant()) return Long.MAX_VALUE;
            Atom last = access.low().last();
            Facts.Entry entry = facts.entry(last);
            Affine rest = access.low().rest();
            boolean before = rest.isConstant() || rest.last().compareTo(index) < 0;
            if (entry == null || !before || access.low().factor(last) != 1) return Long.MAX_VALUE;
            if (base == null) base = rest;
            Affine low = rest.minus(base), width = access.high().minus(access.low()), offset = entry.index().minus(Affine.of(index));
            List<Integer> table = entry.table().data();
            if (!low.isConstant() || !width.isConstant() || !offset.isConstant() || table == null) return Long.MAX_VALUE;
            var one = new Window(table, offset.constant(), access.entry(), low.constant(), low.constant() + width.constant());
            windows.merge(last, one, (a, b) -> new Window(
                    a.table, a.offset, a.entries.union(b.entries), Math.min(a.low, b.low), Math.max(a.high, b.high)));
        }
        return depth(facts.interval(Affine.of(index)), windows);
    }

    /// Most windows over one element. An iteration with several counts several times.
    private static long depth(Interval iterations, Map<Atom, Window> windows) {
        var starts = new ArrayList<Long>();
        var ends = new ArrayList<Long>();
        for (Window window : windows.values()) {
            long first = Math.max(0, iterations.low() + window.offset);
            long last = Math.min(window.table.size() - 1L, iterations.high() + window.offset);
            for (int i = (int) first; i <= last; i++) {
                int number = window.table.get(i);
                if (!window.entries.contains(number)) continue;
                starts.add(number + window.low);
                ends.add(number + window.high);
            }
        }
        starts.sort(null);
        ends.sort(null);
        int most = 0, ended = 0;
        for (int begun = 0; begun < starts.size(); begun++) {
            while (ends.get(ended) <= starts.get(begun)) ended++;
            most = Math.max(most, begun + 1 - ended);
        }
        return most;
    }
}
