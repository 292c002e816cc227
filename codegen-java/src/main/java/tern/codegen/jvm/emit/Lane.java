package tern.codegen.jvm.emit;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import org.objectweb.asm.Type;
import tern.ir.Element;

/// What carries an element in the JVM: a vector class and its primitive. Unsigned numbers share the carrier of their
/// signed twins, f16 and bf16 travel as the short of their bits, bool in memory as a byte.
public enum Lane {
    BYTE(byte.class, 8, 'B'),
    SHORT(short.class, 16, 'S'),
    INT(int.class, 32, 'I'),
    LONG(long.class, 64, 'L'),
    FLOAT(float.class, 32, 'F');

    private final Class<?> primitive;
    private final int bits;
    private final char letter;

    Lane(Class<?> primitive, int bits, char letter) {
        this.primitive = primitive;
        this.bits = bits;
        this.letter = letter;
    }

    public static Lane of(Element element) {
        return switch (element) {
            case BOOL, I8, U8 -> BYTE;
            case I16, U16, F16, BF16 -> SHORT;
            case I32, U32 -> INT;
            case I64, U64 -> LONG;
            case F32 -> FLOAT;
        };
    }

    /// The integer lane of `bits` bits.
    static Lane integer(int bits) {
        return switch (bits) {
            case 8 -> BYTE;
            case 16 -> SHORT;
            case 32 -> INT;
            case 64 -> LONG;
            default -> throw new IllegalArgumentException("no lane has " + bits + " bits");
        };
    }

    /// The signed element with this carrier.
    Element element() {
        return switch (this) {
            case BYTE -> Element.I8;
            case SHORT -> Element.I16;
            case INT -> Element.I32;
            case LONG -> Element.I64;
            case FLOAT -> Element.F32;
        };
    }

    /// Looked up when it is asked for: kernels that are machine code have no Vector API.
    Class<?> vector() {
        return switch (this) {
            case BYTE -> ByteVector.class;
            case SHORT -> ShortVector.class;
            case INT -> IntVector.class;
            case LONG -> LongVector.class;
            case FLOAT -> FloatVector.class;
        };
    }

    Class<?> primitive() {
        return primitive;
    }

    int bits() {
        return bits;
    }

    /// In the names of [jdk.incubator.vector.VectorOperators]: `S` of `S2I`.
    char letter() {
        return letter;
    }

    /// How a scalar of this lane lies in a JVM local: int, long or float.
    Type local() {
        return switch (this) {
            case BYTE, SHORT, INT -> Type.INT_TYPE;
            case LONG -> Type.LONG_TYPE;
            case FLOAT -> Type.FLOAT_TYPE;
        };
    }
}
