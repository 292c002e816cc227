package tern.ir.loop;

import static java.util.stream.Collectors.joining;

import java.util.Map;
import java.util.TreeMap;

/// `constant + sum(factor * atom)`, exactly; an atom is a number that [Facts] knows bounds of.
///
/// @param factors by atom, none of them 0
record Affine(long constant, TreeMap<Atom, Long> factors) {

    /// An unknown number, the later declared the greater its `order`: bounds of an atom speak of earlier ones only.
    record Atom(int order, String name) implements Comparable<Atom> {
        @Override
        public int compareTo(Atom other) {
            return Integer.compare(order, other.order);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Affine of(long constant) {
        return new Affine(constant, new TreeMap<>());
    }

    static Affine of(Atom atom) {
        return new Affine(0, new TreeMap<>(Map.of(atom, 1L)));
    }

    boolean isConstant() {
        return factors.isEmpty();
    }

    /// The atom declared last; there must be one.
    Atom last() {
        return factors.lastKey();
    }

    long factor(Atom atom) {
        return factors.getOrDefault(atom, 0L);
    }

    /// @throws ArithmeticException if a number leaves the range of long; so do all others here
    Affine plus(Affine other) {
        return plus(other, 1);
    }

    Affine minus(Affine other) {
        return plus(other, -1);
    }

    Affine plus(long number) {
        return new Affine(Math.addExact(constant, number), factors);
    }

    /// `this + times * other`.
    Affine plus(Affine other, long times) {
        if (other.isConstant()) return plus(Math.multiplyExact(other.constant, times));
        if (isConstant() && times == 1) return other.plus(constant);
        var sum = new TreeMap<>(factors);
        other.factors.forEach((atom, factor) -> sum.merge(
                atom, Math.multiplyExact(factor, times), (a, b) -> Math.addExact(a, b) == 0 ? null : Math.addExact(a, b)));
        sum.values().removeIf(factor -> factor == 0);
        return new Affine(Math.addExact(constant, Math.multiplyExact(other.constant, times)), sum);
    }

    Affine times(long number) {
        return of(0).plus(this, number);
    }

    /// With another value in place of an atom.
    Affine substitute(Atom atom, Affine value) {
        long factor = factor(atom);
        return factor == 0 ? this : minus(of(atom).times(factor)).plus(value, factor);
    }

    /// True if all factors and the constant are multiples of `divisor`.
    boolean isMultipleOf(long divisor) {
        return constant % divisor == 0 && factors.values().stream().allMatch(factor -> factor % divisor == 0);
    }

    @Override
    public String toString() {
        if (factors.isEmpty()) return Long.toString(constant);
        String terms = factors.entrySet().stream()
                .map(term -> term.getValue() == 1 ? term.getKey().name() : term.getValue() + " * " + term.getKey())
                .collect(joining(" + "));
        return constant == 0 ? terms : terms + " + " + constant;
    }
}
