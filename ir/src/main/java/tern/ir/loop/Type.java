package tern.ir.loop;

import tern.ir.Element;

/// A value: `lanes` numbers of one element type. One lane is a scalar.
///
/// Lanes are a power of two and need not fit a register: a code generator splits a wide vector into as many registers
/// as its machine needs, so that a program, and the order of its float sums, is the same for every vector width.
public record Type(Element element, int lanes) {

    public static final Type I32 = new Type(Element.I32, 1);
    public static final Type I64 = new Type(Element.I64, 1);
    public static final Type F32 = new Type(Element.F32, 1);
    public static final Type BOOL = new Type(Element.BOOL, 1);

    public Type {
        if (lanes < 1 || Integer.bitCount(lanes) != 1)
            throw new IllegalArgumentException("lanes must be a power of two: " + lanes);
    }

    public boolean isScalar() {
        return lanes == 1;
    }

    public int bits() {
        return element.bits() * lanes;
    }

    public Type withLanes(int count) {
        return new Type(element, count);
    }

    public Type withElement(Element other) {
        return new Type(other, lanes);
    }

    @Override
    public String toString() {
        return isScalar() ? element.toString() : element + "x" + lanes;
    }
}
