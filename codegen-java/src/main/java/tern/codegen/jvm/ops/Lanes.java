package tern.codegen.jvm.ops;

import static tern.codegen.jvm.team.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import tern.ir.Op;

/// The vectors of this machine, and memory by address.
///
/// A reduction has [Op#LANES] lanes. Where a vector holds fewer, the lanes are done in parts, one pass over the (cached)
/// data for each: part p is the lanes p to p + [#COUNT] - 1. So the bits do not depend on the machine.
///
/// Hot loops spell out their loads and stores: C2 stops inlining methods such as those below when a compilation has many
/// nodes (NodeCountInliningCutoff), the vectors that pass through a call are then boxed, and a loop is ten times slower.
/// The methods of the Vector API itself are always inlined.
final class Lanes {

    static final VectorShape SHAPE =
            VectorShape.forBitSize(Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 32 * Op.LANES));
    static final VectorSpecies<Float> F32 = VectorSpecies.of(float.class, SHAPE);
    static final VectorSpecies<Integer> I32 = VectorSpecies.of(int.class, SHAPE);
    /// As many lanes of half the width.
    static final VectorSpecies<Short> I16 = VectorSpecies.of(short.class, VectorShape.forBitSize(SHAPE.vectorBitSize() / 2));

    /// Floats in a vector: 4, 8 or 16.
    static final int COUNT = F32.length();

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    private Lanes() {}

    /// The part of `length` that fills all lanes evenly.
    static int whole(int length) {
        return length & -Op.LANES;
    }

    static float f32(long address) {
        return ALL.get(FLOAT, address);
    }

    static void f32(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    static int i32(long address) {
        return ALL.get(INT, address);
    }

    static void i32(long address, int value) {
        ALL.set(INT, address, value);
    }

    static short i16(long address) {
        return ALL.get(SHORT, address);
    }

    static void i16(long address, short value) {
        ALL.set(SHORT, address, value);
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    static void i8(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }
}
