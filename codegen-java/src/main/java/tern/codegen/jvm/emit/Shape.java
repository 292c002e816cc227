package tern.codegen.jvm.emit;

import tern.ir.loop.Type;

/// A vector register as a kernel uses it: `lanes` lanes that mean something, in a species of at least 64 bits.
///
/// @param lanes a power of two. If they fill less than 64 bits, the lanes above are arbitrary
record Shape(Lane lane, int lanes) {

    static final int LEAST_BITS = 64;

    static Shape of(Type type, int lanes) {
        return new Shape(Lane.of(type.element()), lanes);
    }

    /// Width of the species.
    int bits() {
        return Math.max(LEAST_BITS, lanes * lane.bits());
    }

    /// Lanes of the species.
    int width() {
        return bits() / lane.bits();
    }

    /// Whether every lane means something.
    boolean isFull() {
        return width() == lanes;
    }

    Shape withLane(Lane other) {
        return new Shape(other, lanes);
    }

    Shape withLanes(int count) {
        return new Shape(lane, count);
    }

    /// The same bits in lanes of another width.
    Shape recast(Lane other) {
        return new Shape(other, bits() / other.bits());
    }
}
