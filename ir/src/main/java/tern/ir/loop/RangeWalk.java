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
import tern.ir.loop.Expr.Binary.Operation;

/// Walks a program in the order in which it runs and keeps what each integer may be.
///
/// A loop is walked twice. The first walk finds what one iteration adds to each variable; with the largest number of
/// iterations that is what any iteration begins with, and the second walk, for which findings count, begins with it.
final class RangeWalk {

    private final RangeState state = new RangeState();
    private final RangeValues values = new RangeValues(state);
    private final Facts facts = state.facts;
    private final Effects effects = new Effects();

    static RangeState walk(Program program) {
        var walk = new RangeWalk();
        for (var scalar : program.scalars()) {
            walk.state.see(scalar.var(), AbstractValue.of(scalar.values()));
            walk.state.atoms.put(scalar.var(), walk.facts.atom(scalar.var().name(), scalar.values()));
        }
        walk.walk(program.body());
        return walk.state;
    }

    private void walk(Loop loop) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(this::walk);
            case Loop.At(int line, Loop body) -> {
                int outer = state.line;
                state.line = line;
                walk(body);
                state.line = outer;
            }
            case Loop.Outline(_, Loop body) -> walk(body);
            case Loop.For loopFor -> loop(loopFor);
            case Loop.If conditional -> conditional(conditional);
            case Loop.Let(Var var, Expr value) -> {
                begin(loop);
                let(var, value);
            }
            case Loop.Set(Var var, Expr value) -> {
                begin(loop);
                state.see(var, state.kept(var, values.held(value)));
            }
            case Loop.Store store -> {
                begin(loop);
                store(store);
            }
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                begin(loop);
                copy(to, toIndex, from, fromIndex, elements);
            }
            case Loop.TileProduct product -> {
                begin(loop);
                tileProduct(product);
            }
            case Loop.CopyBulk copy -> {
                begin(loop);
                copy(copy.to(), copy.toIndex(), copy.from(), copy.fromIndex(), copy.elements());
                signal(copy.signals(), copy.signal());
            }
            case Loop.Await await -> {
                begin(loop);
                signal(await.signals(), await.signal());
                values.interval(await.phase());
            }
            case Loop.GroupProduct product -> {
                begin(loop);
                groupProduct(product);
            }
            case Loop.Prefetch(_, Expr index, _) -> {
                begin(loop);
                values.interval(index);
            }
            case Loop.Barrier _, Loop.Wait _, Loop.GridDependency _, Loop.GroupWait _ -> {}
        }
    }

    private void copy(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) {
        values.interval(toIndex);
        values.interval(fromIndex);
        values.regions().check(to, toIndex, elements, null, true);
        values.regions().check(from, fromIndex, elements, null, false);
        Interval declared = to.values(), copied = from.values();
        if (declared != null && (copied == null || !declared.contains(copied)))
            state.store("copies %s to %s, declared %s".formatted(from, to, declared));
        Affine low = values.affine(toIndex);
        values.regions().forget(to, low, low.plus(elements));
    }

    private void signal(Buf signals, Expr signal) {
        values.interval(signal);
        values.regions().check(signals, signal, 1, null, true);
    }

    /// Each sum grows by a product with columns that may be any bytes.
    private void groupProduct(Loop.GroupProduct product) {
        values.interval(product.bIndex());
        values.regions().check(product.b(), product.bIndex(), product.width(), null, false);
        values.regions().check(product.b(), Expr.add(product.bIndex(), Expr.i32(product.apart())), product.width(), null, false);
        var bytes = new Type(Element.I8, 128);
        Expr any = new Expr.Load(bytes, Buf.in("bytes", Element.I8, Expr.i32(bytes.lanes()), Interval.of(Element.I8)), Expr.i32(0), null);
        for (Var sum : product.sums()) {
            Expr grown = new Expr.Mma(Expr.ref(sum), product.a(), List.of(any, any));
            state.see(sum, state.kept(sum, values.held(grown)));
        }
    }

    private void store(Loop.Store store) {
        AbstractValue value = values.held(store.value());
        values.interval(store.index());
        if (store.limit() != null) values.interval(store.limit());
        values.regions().check(store.buffer(), store.index(), store.value().type().lanes(), store.limit(), true);
        values.regions().store(store, value);
    }

    private void tileProduct(Loop.TileProduct product) {
        values.interval(product.aIndex());
        values.interval(product.bIndex());
        values.regions().check(product.a(), product.aIndex(), product.aWidth(), null, false);
        values.regions().check(product.b(), product.bIndex(), product.bWidth(), null, false);
        store(sumOf(product));
    }

    /// What a product does to its sums, whatever the bytes.
    private static Loop.Store sumOf(Loop.TileProduct product) {
        var type = new Type(Element.I32, product.sumsWidth());
        Buf terms = Buf.in("terms", Element.I32, Expr.i32(type.lanes()), Loop.TileProduct.sums(product.steps()));
        Expr before = new Expr.Load(type, product.sums(), product.sumsIndex(), null);
        Expr added = new Expr.Load(type, terms, Expr.i32(0), null);
        return new Loop.Store(product.sums(), product.sumsIndex(), new Expr.Binary(Operation.ADD, before, added), null);
    }

    private void begin(Loop statement) {
        state.statement = statement;
        values.begin();
    }

    private void let(Var var, Expr value) {
        AbstractValue held = values.held(value);
        values.let(var, value);
        state.see(var, var.mutable() ? state.kept(var, held) : held);
        if (var.mutable() || !var.type().equals(Type.I32)) return;
        Affine definition = values.affine(value);
        if (definition.isAtom()) {
            state.atoms.put(var, definition.last());
            return;
        }
        Atom atom = facts.atom(var.name(), RangeState.all(held, Element.I32));
        facts.define(atom, definition);
        state.atoms.put(var, atom);
    }

    private void conditional(Loop.If conditional) {
        begin(conditional);
        values.held(conditional.condition());
        Map<Object, AbstractValue> before = state.copy();
        Map<Expr, Atom> pure = state.pure;
        state.pure = new HashMap<>(pure);
        int mark = facts.mark();
        if (assume(conditional.condition())) walk(conditional.then());
        facts.forget(mark);
        state.pure = pure;
        Map<Object, AbstractValue> after = state.held;
        state.held = new HashMap<>();
        before.forEach((key, held) -> {
            AbstractValue then = Regions.at(after, key);
            AbstractValue either = then == null ? null : held.union(then);
            if (either != null) state.held.put(key, either);
        });
    }

    /// Learns from a condition that holds.
    ///
    /// @return false if it cannot hold
    private boolean assume(Expr condition) {
        if (condition instanceof Expr.Binary(var op, Expr a, Expr b) && op == Operation.AND) return assume(a) && assume(b);
        if (!(condition instanceof Expr.Compare(var relation, Expr a, Expr b)) || !a.type().equals(Type.I32)) return true;
        Affine difference = values.affine(a).minus(values.affine(b));
        switch (relation) {
            case LT -> facts.assume(difference.plus(1));
            case LE -> facts.assume(difference);
            case GT -> facts.assume(difference.times(-1).plus(1));
            case GE -> facts.assume(difference.times(-1));
            case EQ -> {
                facts.assume(difference);
                facts.assume(difference.times(-1));
            }
            case NE -> {}
        }
        return tighten(a) && tighten(b);
    }

    /// A variable's range from what is known of it by now.
    private boolean tighten(Expr expr) {
        if (!(expr instanceof Expr.Ref(Var var)) || var.mutable() || !state.atoms.containsKey(var)) return true;
        Affine number = values.affine(expr);
        Interval range = values.interval(expr);
        long low = Math.max(range.low(), facts.min(number)), high = Math.min(range.high(), facts.max(number));
        if (low > high) return false;
        state.held.put(var, AbstractValue.of(Interval.of(low, high)));
        return true;
    }

    /// What is known of a loop before its body.
    ///
    /// @param trips iterations
    private record Head(Atom index, Affine first, Affine last, int step, Interval trips) {}

    private void loop(Loop.For loop) {
        begin(loop);
        Map<Expr, Atom> pure = state.pure;
        state.pure = new HashMap<>(pure);
        int mark = facts.mark();
        Head head = switch (loop.range()) {
            case Loop.Range.Steps steps -> steps(loop.index(), steps);
            case Loop.Range.Listed listed -> listed(loop.index(), listed);
        };
        state.atoms.put(loop.index(), head.index);
        if (head.trips.high() > 0) iterate(loop, head);
        facts.forget(mark);
        state.pure = pure;
    }

    private Head steps(Var index, Loop.Range.Steps range) {
        int step = range.step();
        values.interval(range.from());
        values.interval(range.to());
        Affine from = values.affine(range.from()), to = values.affine(range.to()), length = facts.expand(to.minus(from));
        var trips = trips(length, step);
        facts.assume(from.minus(to).plus(1));
        Affine last = length.isMultipleOf(step) ? to.plus(-step)
                : length.isConstant() ? from.plus((trips.high() - 1) * step)
                : to.plus(-1);
        Atom atom = facts.atom(index.name(), Interval.of(Element.I32));
        facts.atLeast(atom, 1, from);
        facts.atMost(atom, 1, last);
        if (trips.high() > 0) {
            long low = facts.min(Affine.of(atom)), high = facts.max(Affine.of(atom));
            var taken = Interval.of(low, Math.max(low, high));
            facts.narrow(atom, taken);
            state.see(index, AbstractValue.of(taken));
        }
        return new Head(atom, from, last, step, trips);
    }

    /// Of what is never reached, contradictions may be known: it has no iterations.
    private Interval trips(Affine length, int step) {
        long most = trips(facts.max(length), step);
        return Interval.of(Math.min(trips(facts.min(length), step), most), most);
    }

    private static long trips(long length, int step) {
        return length <= 0 ? 0 : length > Integer.MAX_VALUE * 2L ? Integer.MAX_VALUE * 2L : Math.ceilDiv(length, (long) step);
    }

    private Head listed(Var index, Loop.Range.Listed range) {
        values.interval(range.count());
        Affine count = values.affine(range.count());
        Buf list = range.list();
        if (facts.max(count.minus(values.affine(list.extent()))) > 0)
            state.access("may read %s entries of %s, which has %s".formatted(
                    facts.interval(count), list, LoopPrinter.print(list.extent())));
        Interval entries = list.values() == null ? Interval.of(Element.I32) : list.values();
        var trips = trips(count, 1);
        Atom atom = facts.atom(index.name(), entries);
        state.see(index, AbstractValue.of(entries));
        // Entries come in any order: no region of theirs ever joins.
        return new Head(atom, Affine.of(entries.low()), Affine.of(entries.high()), 0, trips);
    }

    private void iterate(Loop.For loop, Head head) {
        Map<Object, AbstractValue> entry = state.copy();
        long trips = head.trips.high();
        boolean skip = head.trips.low() == 0;

        List<Object> varied = varied(loop, entry);
        int outer = state.level;
        int level = state.newLevel();
        state.level = level;
        for (Object key : varied) state.held.put(key, AbstractValue.unchanged(new AbstractValue.Base(key, level)));
        List<Regions.Access> accesses = body(loop);
        Map<Object, AbstractValue> each = state.held;
        state.level = outer;

        Map<Buf, Long> visits = values.regions().visits(head.index, head.step, trips, accesses);
        var after = new HashMap<>(entry);
        var begin = new HashMap<>(entry);
        for (Object key : varied) {
            AbstractValue held = after.remove(key), one = own(each, key, level);
            begin.remove(key);
            if (held == null || one == null) continue;
            long changes = key instanceof Regions.Region region ? visits.getOrDefault(region.buffer(), trips) : trips;
            after.put(key, AbstractValue.after(held, one, changes, skip));
            // The first iteration begins with what was there before; only later ones with what one has left.
            AbstractValue before = trips == 1 ? new AbstractValue(one.base(), one.shift(), null) : one;
            begin.put(key, AbstractValue.after(held, before, Math.min(changes, trips - 1), true));
        }
        if (!state.isFirstWalk()) {
            state.held = begin;
            accesses = body(loop);
            settle(varied, entry, each, after, skip);
        }
        if (!state.accessed.isEmpty()) state.accessed.getLast().addAll(accesses);
        if (!skip) generalise(head, entry, after, accesses);
        state.held = after;
    }

    /// What the body of a loop may change, of all that is known.
    private List<Object> varied(Loop.For loop, Map<Object, AbstractValue> known) {
        Set<Object> changed = effects.of(loop);
        return known.keySet().stream().filter(key -> changed.contains(key instanceof Regions.Region region ? region.buffer() : key)).toList();
    }

    private List<Regions.Access> body(Loop.For loop) {
        Map<Expr, Atom> pure = state.pure;
        state.pure = new HashMap<>(pure);
        state.accessed.add(new ArrayList<>());
        walk(loop.body());
        state.pure = pure;
        return state.accessed.removeLast();
    }

    /// Of what an iteration sets anew, the second walk knows more than the first.
    private void settle(
            List<Object> varied, Map<Object, AbstractValue> entry, Map<Object, AbstractValue> each, Map<Object, AbstractValue> after, boolean skip) {
        for (Object key : varied) {
            AbstractValue held = entry.get(key), one = Regions.at(each, key), last = Regions.at(state.held, key);
            if (held == null || one == null || last == null || one.shift() != null) continue;
            AbstractValue either = skip ? held.union(last) : last;
            if (either != null) after.put(key, either);
        }
    }

    /// What a walk of the body has left of a variable or region, relative to nothing but itself.
    private static @Nullable AbstractValue own(Map<Object, AbstractValue> each, Object key, int level) {
        AbstractValue held = Regions.at(each, key);
        return held == null ? null : RangeState.own(key, held, elementOf(key), level);
    }

    private static Element elementOf(Object key) {
        return key instanceof Regions.Region region ? region.buffer().element() : ((Var) key).type().element();
    }

    /// Regions that every iteration writes become regions that the loop has written.
    private void generalise(Head head, Map<Object, AbstractValue> entry, Map<Object, AbstractValue> after, List<Regions.Access> accesses) {
        if (head.step == 0) return;
        state.held.forEach((key, held) -> {
            if (!(key instanceof Regions.Region region) || held.absolute() == null) return;
            if (values.regions().isPart(region, entry.keySet())) return;
            var all = values.regions().ofAll(region, head.index, head.first, head.last, head.step, accesses);
            if (all != null) after.put(all, held);
        });
    }
}
