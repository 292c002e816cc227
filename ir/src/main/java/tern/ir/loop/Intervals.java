package tern.ir.loop;

import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Expr.Binary.Operation;

/// Operations on ranges of integers. ADD, SUBTRACT and MULTIPLY give the exact numbers, which may not fit the element; the
/// others what is left in it.
final class Intervals {

    private Intervals() {}

    static Interval binary(Operation op, Element element, Interval a, Interval b) {
        Interval full = Interval.of(element);
        // What such a shift gives is each machine's own business.
        if (op.isShift() && !Interval.of(0, element.bits() - 1L).contains(b)) return full;
        return switch (op) {
            case ADD -> a.plus(b);
            case SUBTRACT -> a.minus(b);
            case MULTIPLY -> a.times(b);
            case MULTIPLY_HIGH -> multiplyHigh(element, a, b);
            case DIVIDE -> divide(full, a, b);
            case REMAINDER -> remainder(full, a, b);
            case AND -> and(full, a, b);
            case OR -> or(full, a, b, Math.max(a.low(), b.low()));
            case XOR -> or(full, a, b, 0);
            case SHIFT_LEFT -> shiftLeft(full, a, b);
            case SHIFT_RIGHT -> shiftRight(a, b);
            case SHIFT_RIGHT_LOGICAL -> shiftRightLogical(element, a, b);
            case MIN -> a.min(b);
            case MAX -> a.max(b);
        };
    }

    private static boolean isNatural(Interval a) {
        return a.low() >= 0;
    }

    private static Interval multiplyHigh(Element element, Interval a, Interval b) {
        Interval product = a.times(b);
        boolean saturated = product.low() == Long.MIN_VALUE || product.high() == Long.MAX_VALUE;
        if (saturated || element.bits() == 64) return Interval.of(element);
        return Interval.of(product.low() >> element.bits(), product.high() >> element.bits());
    }

    /// Division truncates; by a positive number it keeps order.
    private static Interval divide(Interval full, Interval a, Interval b) {
        if (b.low() <= 0) return full;
        return Interval.of(
                Math.min(a.low() / b.low(), a.low() / b.high()), Math.max(a.high() / b.low(), a.high() / b.high()));
    }

    private static Interval remainder(Interval full, Interval a, Interval b) {
        if (b.low() <= 0) return full;
        long most = b.high() - 1;
        return Interval.of(isNatural(a) ? 0 : Math.max(a.low(), -most), a.high() < 0 ? 0 : Math.min(a.high(), most));
    }

    /// A natural operand is a mask: nothing above it is left.
    static Interval and(Interval full, Interval a, Interval b) {
        if (isNatural(a) && isNatural(b)) return Interval.of(0, Math.min(a.high(), b.high()));
        if (isNatural(a)) return Interval.of(0, a.high());
        return isNatural(b) ? Interval.of(0, b.high()) : full;
    }

    static Interval or(Interval full, Interval a, Interval b, long low) {
        if (!isNatural(a) || !isNatural(b)) return full;
        long bits = a.high() | b.high();
        return Interval.of(low, bits == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(bits));
    }

    private static Interval shiftLeft(Interval full, Interval a, Interval count) {
        if (count.high() >= 63) return full;
        Interval shifted = a.times(Interval.of(1L << count.low(), 1L << count.high()));
        return full.contains(shifted) ? shifted : full;
    }

    private static Interval shiftRight(Interval a, Interval count) {
        int least = (int) count.low(), most = (int) count.high();
        return Interval.of(
                Math.min(a.low() >> least, a.low() >> most), Math.max(a.high() >> least, a.high() >> most));
    }

    private static Interval shiftRightLogical(Element element, Interval a, Interval count) {
        int least = (int) count.low();
        if (isNatural(a)) return Interval.of(a.low() >>> count.high(), a.high() >>> least);
        if (least == 0) return Interval.of(element);
        return Interval.of(0, -1L >>> 64 - element.bits() + least);
    }

    /// All lanes combined.
    static Interval reduce(Operation op, Element element, Interval a, int lanes) {
        return switch (op) {
            case ADD -> a.times(Interval.of(lanes));
            case MIN, MAX -> a;
            case AND, OR, XOR -> lanes == 1 ? a : binary(op, element, a, a);
            case SUBTRACT, MULTIPLY, MULTIPLY_HIGH, DIVIDE, REMAINDER, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                Interval.of(element);
        };
    }

    /// The bits of `element` complemented.
    static Interval not(Element element, Interval a) {
        if (element.isSigned()) return Interval.of(-1 - a.high(), -1 - a.low());
        Interval full = Interval.of(element);
        return element.bits() == 64 ? full : Interval.of(full.high() - a.high(), full.high() - a.low());
    }

    static Interval abs(Interval a) {
        if (isNatural(a)) return a;
        return a.high() <= 0 ? a.negate() : Interval.of(0, a.magnitude());
    }
}
