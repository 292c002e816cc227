package tern.ir.loop;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;

/// What stands where in memory: the numbers of runs of elements that the program has written, and the proof that each
/// access stays within its buffer.
final class Regions {

    /// Regions of a buffer that are told apart, at most.
    private static final int MAX = 64;

    /// Elements `low` up to, not including, `high`, all of which the program has written.
    record Region(Buf buffer, Affine low, Affine high) {}

    /// Elements that a store may have written.
    record Write(Buf buffer, Affine low, Affine high) {}

    private final RangeState state;
    private final RangeValues values;
    private final Facts facts;

    Regions(RangeState state, RangeValues values) {
        this.state = state;
        this.values = values;
        this.facts = state.facts;
    }

    /// Checks that `count` elements from `index` on lie in the buffer.
    void check(Buf buffer, Expr index, int count, @Nullable Expr limit, boolean store) {
        if (state.isRehearsal()) return;
        Affine first = values.affine(index), extent = values.affine(buffer.extent());
        long slack = buffer.isParameter() && !store ? Ranges.SLACK_BYTES / buffer.element().bytes() : 0;
        boolean below = facts.max(first.plus(count).minus(extent)) <= slack
                || limit != null && facts.max(values.affine(limit).minus(extent)) <= slack;
        if (below && facts.min(first) >= 0) return;
        Interval elements = facts.interval(first);
        state.access("%s elements %s of %s, which has %s".formatted(
                store ? "may write" : "may read",
                elements.plus(Interval.of(0, count - 1)), buffer, LoopPrinter.print(buffer.extent())));
    }

    Held load(Buf buffer, Expr index, int count) {
        Interval declared = declared(buffer);
        if (buffer.element().isFloat()) return Held.of(declared);
        List<Region> known = of(buffer);
        if (known.isEmpty()) return Held.of(declared);
        Affine low = values.affine(index), high = low.plus(count);
        for (Region region : known) {
            if (!isWithin(low, high, region)) continue;
            Held held = state.get(region);
            if (held == null) continue;
            Interval all = held.absolute();
            if (all == null) return held;
            boolean tighter = all.low() >= declared.low() && all.high() <= declared.high();
            return Held.of(tighter ? all : declared);
        }
        return Held.of(declared);
    }

    private static Interval declared(Buf buffer) {
        return buffer.values() != null ? buffer.values() : RangeState.full(buffer.element());
    }

    private List<Region> of(Buf buffer) {
        var found = new ArrayList<Region>();
        for (Object key : state.held.keySet())
            if (key instanceof Region region && region.buffer.equals(buffer)) found.add(region);
        return found;
    }

    private boolean isWithin(Affine low, Affine high, Region region) {
        return facts.min(low.minus(region.low)) >= 0 && facts.max(high.minus(region.high)) <= 0;
    }

    void store(Loop.Store store, Held value) {
        Buf buffer = store.buffer();
        Element element = buffer.element();
        if (element.isFloat()) return;
        Interval declared = buffer.values(), all = value.absolute();
        if (declared != null && all != null && !declared.contains(all))
            state.store("stores %s to %s, declared %s".formatted(all, buffer, declared));
        Affine low = facts.expand(values.affine(store.index())), high = low.plus(store.value().type().lanes());
        log(buffer, low, high);
        boolean whole = store.limit() == null, found = false;
        for (Region region : of(buffer)) {
            if (facts.max(high.minus(region.low)) <= 0 || facts.min(low.minus(region.high)) >= 0) continue;
            Held before = state.get(region);
            if (before == null) continue;
            Held kept = state.kept(region, value, element);
            boolean exactly = whole && low.equals(region.low) && high.equals(region.high);
            Held either = exactly ? kept : before.union(kept);
            state.held.put(region, either == null ? Held.of(RangeState.full(element)) : either);
            found |= isWithin(low, high, region);
        }
        if (whole && !found && all != null) add(new Region(buffer, low, high), all);
    }

    /// Another region, joined with those that it touches.
    private void add(Region added, Interval range) {
        Region all = added;
        for (Region region : of(added.buffer)) {
            Held held = state.get(region);
            Interval other = held == null ? null : held.absolute();
            if (other == null) continue;
            boolean before = region.high.equals(all.low), behind = region.low.equals(all.high);
            if (!before && !behind) continue;
            state.held.remove(region);
            all = new Region(all.buffer, before ? region.low : all.low, behind ? region.high : all.high);
            range = range.union(other);
        }
        if (of(added.buffer).size() < MAX) state.held.put(all, Held.of(range));
    }

    private void log(Buf buffer, Affine low, Affine high) {
        if (!state.writes.isEmpty()) state.writes.getLast().add(new Write(buffer, low, high));
    }

    /// Nothing is known of a buffer any more: a copy writes to it.
    void forget(Buf buffer, Affine low, Affine high) {
        log(buffer, facts.expand(low), facts.expand(high));
        of(buffer).forEach(state.held::remove);
    }

    /// A region that each iteration of a loop has written for itself, as one region that the loop has written.
    ///
    /// @param index  of the loop; runs from `first` to `last` by `step`
    /// @param writes all stores of an iteration
    /// @return null if iterations leave holes or write into each other's regions, or the region speaks of other things
    ///         that the loop has declared
    @Nullable
    Region ofAll(Region each, Atom index, Affine first, Affine last, int step, List<Write> writes) {
        long factor = each.low.factor(index);
        boolean onlyIndex = isBefore(each.low, index) && isBefore(each.high, index);
        if (!onlyIndex || factor <= 0) return factor == 0 && onlyIndex ? each : null;
        Affine width = each.high.minus(each.low);
        if (!width.equals(Affine.of(factor * step))) return null;
        for (Write write : writes)
            if (write.buffer.equals(each.buffer) && !isWithin(write.low, write.high, each)) return null;
        return new Region(each.buffer, each.low.substitute(index, first), each.high.substitute(index, last));
    }

    private static boolean isBefore(Affine number, Atom index) {
        return number.isConstant() || number.last().compareTo(index) <= 0;
    }
}
