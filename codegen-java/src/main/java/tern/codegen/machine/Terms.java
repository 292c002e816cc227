package tern.codegen.machine;

import java.util.HashMap;
import java.util.Map;
import tern.ir.loop.Buf;

/// A sum of multiples: what an index or address is.
///
/// @param factors  of each atom: the base of a [Buf], or a register that never changes while the sum is in use
/// @param constant that is added
record Terms(Map<Object, Long> factors, long constant) {

    static final Terms ZERO = new Terms(Map.of(), 0);

    static Terms constant(long value) {
        return new Terms(Map.of(), value);
    }

    static Terms of(Object atom) {
        return new Terms(Map.of(atom, 1L), 0);
    }

    boolean isConstant() {
        return factors.isEmpty();
    }

    Terms plus(Terms other) {
        Map<Object, Long> sum = new HashMap<>(factors);
        other.factors.forEach((atom, factor) -> sum.merge(atom, factor, Long::sum));
        sum.values().removeIf(factor -> factor == 0);
        return new Terms(Map.copyOf(sum), constant + other.constant);
    }

    Terms times(long factor) {
        if (factor == 0) return ZERO;
        Map<Object, Long> product = new HashMap<>();
        factors.forEach((atom, own) -> product.put(atom, own * factor));
        return new Terms(Map.copyOf(product), constant * factor);
    }

    Terms without(Object atom) {
        Map<Object, Long> rest = new HashMap<>(factors);
        rest.remove(atom);
        return new Terms(Map.copyOf(rest), constant);
    }

    /// The same without the constant.
    Terms variable() {
        return new Terms(factors, 0);
    }
}
