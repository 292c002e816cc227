package tern.ir.loop;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `constant + sum(factor * atom)`, exactly; an atom is a number that [Facts] knows bounds of.
///
/// Two arrays instead of a map: the interval analysis of a program makes some ten thousand of these.
final class Affine {

    /// An unknown number, the later declared the greater its `order`: bounds of an atom speak of earlier ones only.
    record Atom(int order, String name) implements Comparable<Atom> {
        @Override
        public int compareTo(Atom other) {
            return Integer.compare(order, other.order);
        }

        @Override
        public int hashCode() {
            return order;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final long constant;
    /// In ascending order.
    private final Atom[] atoms;
    /// Of each atom, never 0.
    private final long[] factors;

    private Affine(long constant, Atom[] atoms, long[] factors) {
        this.constant = constant;
        this.atoms = atoms;
        this.factors = factors;
    }

    static Affine of(long constant) {
        return new Affine(constant, new Atom[0], new long[0]);
    }

    static Affine of(Atom atom) {
        return new Affine(0, new Atom[] {atom}, new long[] {1});
    }

    long constant() {
        return constant;
    }

    /// In ascending order.
    List<Atom> atoms() {
        return Arrays.asList(atoms);
    }

    boolean isConstant() {
        return atoms.length == 0;
    }

    /// True if it is an atom and nothing else.
    boolean isAtom() {
        return constant == 0 && atoms.length == 1 && factors[0] == 1;
    }

    /// The atom declared last; there must be one.
    Atom last() {
        return atoms[atoms.length - 1];
    }

    /// The same without its last atom.
    Affine rest() {
        int rest = atoms.length - 1;
        return new Affine(constant, Arrays.copyOf(atoms, rest), Arrays.copyOf(factors, rest));
    }

    long factor(Atom atom) {
        for (int i = 0; i < atoms.length; i++) if (atoms[i].order == atom.order) return factors[i];
        return 0;
    }

    /// @throws ArithmeticException if a number leaves the range of long; so do all others here
    Affine plus(Affine other) {
        return plus(other, 1);
    }

    Affine minus(Affine other) {
        return plus(other, -1);
    }

    Affine plus(long number) {
        return number == 0 ? this : new Affine(Math.addExact(constant, number), atoms, factors);
    }

    /// `this + times * other`.
    Affine plus(Affine other, long times) {
        long sum = Math.addExact(constant, Math.multiplyExact(other.constant, times));
        if (times == 0 || other.isConstant()) return new Affine(sum, atoms, factors);
        if (times == 1 && isConstant()) return new Affine(sum, other.atoms, other.factors);
        int most = atoms.length + other.atoms.length, count = 0, a = 0, b = 0;
        Atom[] all = new Atom[most];
        long[] of = new long[most];
        while (a < atoms.length || b < other.atoms.length) {
            int order = b == other.atoms.length ? -1 : a == atoms.length ? 1 : atoms[a].compareTo(other.atoms[b]);
            all[count] = order <= 0 ? atoms[a] : other.atoms[b];
            long mine = order <= 0 ? factors[a++] : 0;
            of[count] = order < 0 ? mine : Math.addExact(mine, Math.multiplyExact(other.factors[b++], times));
            if (of[count] != 0) count++;
        }
        return new Affine(sum, Arrays.copyOf(all, count), Arrays.copyOf(of, count));
    }

    Affine times(long number) {
        return of(0).plus(this, number);
    }

    /// With another value in place of an atom.
    Affine substitute(Atom atom, Affine value) {
        long factor = factor(atom);
        return factor == 0 ? this : plus(of(atom), -factor).plus(value, factor);
    }

    /// True if all factors and the constant are multiples of `divisor`.
    boolean isMultipleOf(long divisor) {
        return constant % divisor == 0 && Arrays.stream(factors).allMatch(factor -> factor % divisor == 0);
    }

    /// Divided and rounded down; null if that is not always one such sum.
    @Nullable
    Affine over(long divisor) {
        if (!Arrays.stream(factors).allMatch(factor -> factor % divisor == 0)) return null;
        return new Affine(Math.floorDiv(constant, divisor), atoms, Arrays.stream(factors).map(factor -> factor / divisor).toArray());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Affine that
                && constant == that.constant
                && Arrays.equals(factors, that.factors)
                && Arrays.equals(atoms, that.atoms);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(constant) + 31 * Arrays.hashCode(factors);
    }
}
