package tern.ir.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;

/// What memory holds: the numbers of runs of elements that the program has written, and the proof that each
/// access stays within its buffer.
final class Regions {

    /// Regions of a buffer that are distinguished, at most.
    private static final int MAX = 64;

    /// Elements `low` up to, not including, `high`, all of which the program has written.
    record Region(Buf buffer, Affine low, Affine high) {}

    /// Elements that a statement may have read or, if `store`, written.
    ///
    /// @param entry what the latest atom of `low` may be
    record Access(Buf buffer, Affine low, Affine high, boolean store, Interval entry) {}

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
        if (state.isFirstWalk()) return;
        Affine first = values.affine(index), extent = values.affine(buffer.extent());
        long slack = buffer.isParameter() && !store ? Buf.SLACK / buffer.element().bytes() : 0;
        boolean below = facts.max(first.plus(count).minus(extent)) <= slack
                || limit != null && facts.max(values.affine(limit).minus(extent)) <= slack;
        if (below && facts.min(first) >= 0) return;
        Interval elements = facts.interval(first);
        state.access("%s elements %s of %s, which has %s".formatted(
                store ? "may write" : "may read",
                elements.plus(Interval.of(0, count - 1)), buffer, LoopPrinter.print(buffer.extent())));
    }

    AbstractValue load(Buf buffer, Expr index, int count) {
        Interval declared = declared(buffer);
        if (buffer.scope() == Buf.Scope.IN || buffer.scope() == Buf.Scope.CONSTANT) return AbstractValue.of(declared);
        Affine low = values.affine(index), high = low.plus(count);
        log(buffer, facts.expand(low), facts.expand(high), false);
        List<Region> known = of(buffer);
        if (known.isEmpty()) return AbstractValue.of(declared);
        for (Region region : known) if (isWithin(low, high, region)) return narrowed(declared, state.get(region));
        for (Region region : known) {
            if (facts.min(low.minus(region.low)) < 0) continue;
            AbstractValue held = chain(state.held, region, end -> facts.max(high.minus(end)) <= 0);
            if (held != null) return narrowed(declared, held);
        }
        return AbstractValue.of(declared);
    }

    private static AbstractValue narrowed(Interval declared, @Nullable AbstractValue held) {
        if (held == null) return AbstractValue.of(declared);
        Interval all = held.absolute();
        return all == null || declared.contains(all) ? held : AbstractValue.of(declared);
    }

    /// What is known in `map` of a variable, or of a region, be it cut into pieces since.
    static @Nullable AbstractValue at(Map<Object, AbstractValue> map, Object key) {
        AbstractValue held = map.get(key);
        if (held != null || !(key instanceof Region whole)) return held;
        for (Object other : map.keySet())
            if (other instanceof Region first && first.buffer.equals(whole.buffer) && first.low.equals(whole.low))
                return chain(map, first, whole.high::equals);
        return null;
    }

    private interface EndCondition {
        boolean at(Affine high);
    }

    /// What is in a region and in those that follow it without a gap, up to the end; null if there is a gap, or if they
    /// are relative to different values.
    private static @Nullable AbstractValue chain(Map<Object, AbstractValue> map, Region first, EndCondition ends) {
        AbstractValue all = map.get(first);
        Region last = first;
        while (all != null && !ends.at(last.high)) {
            Region next = null;
            for (Object key : map.keySet())
                if (key instanceof Region region && region.buffer.equals(last.buffer) && region.low.equals(last.high)) next = region;
            AbstractValue held = next == null ? null : map.get(next);
            if (next == null || held == null) return null;
            all = all.union(held);
            last = next;
        }
        return all;
    }

    /// True if a region lies in one of `others` or touches one, as a piece of it does.
    boolean isPart(Region region, Set<Object> others) {
        for (Object key : others)
            if (key instanceof Region other && other.buffer.equals(region.buffer) && !areApart(region.low, region.high, other))
                return true;
        return false;
    }

    private boolean areApart(Affine low, Affine high, Region region) {
        return facts.max(high.minus(region.low)) <= 0 || facts.min(low.minus(region.high)) >= 0;
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

    void store(Loop.Store store, AbstractValue value) {
        Buf buffer = store.buffer();
        Element element = buffer.element();
        if (element.isFloat()) return;
        Interval declared = buffer.values(), all = value.absolute();
        if (declared != null && all != null && !declared.contains(all))
            state.store("stores %s to %s, declared %s".formatted(all, buffer, declared));
        Affine low = facts.expand(values.affine(store.index())), high = low.plus(store.value().type().lanes());
        log(buffer, low, high, true);
        boolean whole = store.limit() == null, found = false;
        for (Region region : of(buffer)) {
            AbstractValue before = state.get(region);
            if (before == null || areApart(low, high, region)) continue;
            found |= isWithin(low, high, region);
            AbstractValue kept = sameBuffer(buffer, value);
            Region piece = new Region(buffer, low, high);
            if (whole && (piece.equals(region) || cut(region, piece, before))) {
                state.held.put(piece, kept);
                continue;
            }
            AbstractValue either = before.union(kept);
            state.held.put(region, either == null ? AbstractValue.of(RangeState.full(element)) : either);
        }
        if (whole && !found && all != null) add(new Region(buffer, low, high), all);
    }

    /// Values relative to elements of the same buffer may be kept; at the end of the loop they must belong to the region.
    private AbstractValue sameBuffer(Buf buffer, AbstractValue value) {
        boolean same = value.base() == null
                || value.base().level() == state.level
                        && value.base().key() instanceof Region region
                        && region.buffer.equals(buffer);
        return same ? value : AbstractValue.of(RangeState.full(buffer.element()));
    }

    /// Cuts a piece out of a region, if it lies in it for certain.
    private boolean cut(Region region, Region piece, AbstractValue held) {
        Affine left = piece.low.minus(region.low), right = region.high.minus(piece.high);
        if (facts.min(left) < 0 || facts.min(right) < 0 || of(region.buffer).size() > MAX) return false;
        state.held.remove(region);
        if (!left.equals(Affine.of(0))) state.held.put(new Region(region.buffer, region.low, piece.low), held);
        if (!right.equals(Affine.of(0))) state.held.put(new Region(region.buffer, piece.high, region.high), held);
        return true;
    }

    /// Another region, joined with those that it touches.
    private void add(Region added, Interval range) {
        Region all = added;
        for (Region region : of(added.buffer)) {
            AbstractValue held = state.get(region);
            Interval other = held == null ? null : held.absolute();
            if (other == null) continue;
            boolean before = region.high.equals(all.low), behind = region.low.equals(all.high);
            if (!before && !behind) continue;
            state.held.remove(region);
            all = new Region(all.buffer, before ? region.low : all.low, behind ? region.high : all.high);
            range = range.union(other);
        }
        if (of(added.buffer).size() < MAX) state.held.put(all, AbstractValue.of(range));
    }

    private void log(Buf buffer, Affine low, Affine high, boolean store) {
        if (state.accessed.isEmpty()) return;
        Interval entry = low.isConstant() ? Interval.of(low.constant()) : facts.interval(Affine.of(low.last()));
        state.accessed.getLast().add(new Access(buffer, low, high, store, entry));
    }

    /// Nothing is known of a buffer any more: a copy writes to it.
    void forget(Buf buffer, Affine low, Affine high) {
        log(buffer, facts.expand(low), facts.expand(high), true);
        of(buffer).forEach(state.held::remove);
    }

    /// A region that each iteration of a loop has written for itself, as one region that the loop has written.
    ///
    /// @param index  of the loop; runs from `first` to `last` by `step`
    /// @param accesses all of an iteration
    /// @return null if iterations leave holes or write into each other's regions, or the region speaks of other things
    ///         that the loop has declared
    @Nullable
    Region ofAll(Region each, Atom index, Affine first, Affine last, int step, List<Access> accesses) {
        long factor = each.low.factor(index);
        boolean onlyIndex = isBefore(each.low, index) && isBefore(each.high, index);
        if (!onlyIndex || factor <= 0) return factor == 0 && onlyIndex ? each : null;
        Affine width = each.high.minus(each.low);
        if (!width.equals(Affine.of(factor * step))) return null;
        for (Access access : accesses)
            if (access.store && access.buffer.equals(each.buffer) && !isWithin(access.low, access.high, each)) return null;
        return new Region(each.buffer, each.low.substitute(index, first), each.high.substitute(index, last));
    }

    /// In how many iterations of a loop the same element of a buffer may be touched, at most; no more than `trips`.
    ///
    /// @param index    of the loop, which grows by `step`; 0 where its values come in any order
    /// @param accesses all of an iteration
    Map<Buf, Long> visits(Atom index, int step, long trips, List<Access> accesses) {
        var of = new HashMap<Buf, List<Access>>();
        for (Access access : accesses) of.computeIfAbsent(access.buffer, _ -> new ArrayList<>()).add(access);
        var visits = new HashMap<Buf, Long>();
        of.forEach((buffer, all) -> visits.put(buffer, Math.min(trips, areApart(index, step, all) ? 1 : step == 0 ? trips : Spread.visits(facts, index, all))));
        return visits;
    }

    /// True if no two iterations touch the same element.
    private boolean areApart(Atom index, int step, List<Access> accesses) {
        Affine origin = facts.lowest(accesses.getFirst().low, index);
        long least = Long.MAX_VALUE, most = Long.MIN_VALUE;
        for (Access access : accesses) {
            long low = facts.min(facts.lowest(access.low, index).minus(origin));
            long high = facts.max(facts.highest(access.high, index).minus(origin));
            if (low == Long.MIN_VALUE || high == Long.MAX_VALUE) return false;
            least = Math.min(least, low);
            most = Math.max(most, high);
        }
        return most - least <= step * origin.factor(index);
    }

    private static boolean isBefore(Affine number, Atom index) {
        return number.isConstant() || number.last().compareTo(index) <= 0;
    }
}
