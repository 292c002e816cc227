package tern.ir.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;

/// What [RangeWalk] knows at the point it has reached, and what it has found so far.
final class RangeState {

    final Facts facts = new Facts();
    /// Scalars that stay as they are, i32, by variable.
    final Map<Var, Atom> atoms = new HashMap<>();
    /// Atoms of expressions that are not affine and do not read memory.
    Map<Expr, Atom> pure = new HashMap<>();
    /// Integers by variable, and by [Regions.Region].
    Map<Object, AbstractValue> held = new HashMap<>();
    /// Number of the loop around that is walked for the first time; 0 where what is found counts.
    int level;
    private int levels;
    Loop statement = new Loop.Block(List.of());
    /// Of the source text.
    int line;

    final Set<Problem> wraps = new LinkedHashSet<>(), accesses = new LinkedHashSet<>(), stores = new LinkedHashSet<>();
    final Map<Var, Interval> seen = new HashMap<>();
    /// Loads and stores of memory that is written, since a loop began, for each loop under way.
    final List<List<Regions.Access>> accessed = new ArrayList<>();

    int newLevel() {
        return ++levels;
    }

    boolean isFirstWalk() {
        return level != 0;
    }

    void wrap(Expr expr, Interval values) {
        if (!isFirstWalk())
            add(wraps, "%s may be %s, which %s does not hold".formatted(LoopPrinter.print(expr), values, expr.type().element()));
    }

    void shift(Expr expr, Interval counts) {
        Element element = expr.type().element();
        if (!isFirstWalk())
            add(wraps, LoopPrinter.print(expr) + " may shift by " + counts + ", and " + element + " has " + element.bits() + " bits");
    }

    void access(String problem) {
        if (!isFirstWalk()) add(accesses, problem);
    }

    void store(String problem) {
        if (!isFirstWalk()) add(stores, problem);
    }

    private void add(Set<Problem> problems, String problem) {
        problems.add(new Problem(line, LoopPrinter.firstLine(statement), problem));
    }

    /// Numbers that `var` may be.
    void see(Var var, AbstractValue value) {
        held.put(var, value);
        if (isFirstWalk() || var.type().element().isFloat()) return;
        Interval range = all(value, var.type().element());
        seen.merge(var, range, Interval::union);
    }

    /// All numbers that a value may be; any of its type if it is relative to something.
    static Interval all(AbstractValue value, Element element) {
        Interval range = value.absolute();
        return range != null ? range : full(element);
    }

    /// Any number; floats are not followed.
    static Interval full(Element element) {
        return element.isFloat() ? Interval.ANY : Interval.of(element);
    }

    /// The value as it may be kept for `var`: relative to nothing but its own value at the beginning of the loop.
    AbstractValue kept(Var var, AbstractValue value) {
        return own(var, value, var.type().element(), level);
    }

    /// The value, or anything if it is relative to something else than `key` at the beginning of loop walk `level`.
    static AbstractValue own(Object key, AbstractValue value, Element element, int level) {
        boolean own = value.base() == null || value.base().equals(new AbstractValue.Base(key, level));
        return own ? value : AbstractValue.of(full(element));
    }

    Map<Object, AbstractValue> copy() {
        return new HashMap<>(held);
    }

    @Nullable
    AbstractValue get(Object key) {
        return held.get(key);
    }
}
