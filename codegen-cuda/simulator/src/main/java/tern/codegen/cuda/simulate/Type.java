package tern.codegen.cuda.simulate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A fundamental type (PTX ISA, "Fundamental Types", "Packed Data Types").
enum Type {
    PRED(1, Kind.BITS), B8(8, Kind.BITS), B16(16, Kind.BITS), B32(32, Kind.BITS), B64(64, Kind.BITS),
    U8(8, Kind.UNSIGNED), U16(16, Kind.UNSIGNED), U32(32, Kind.UNSIGNED), U64(64, Kind.UNSIGNED),
    S8(8, Kind.SIGNED), S16(16, Kind.SIGNED), S32(32, Kind.SIGNED), S64(64, Kind.SIGNED),
    F16(16, Kind.FLOAT), BF16(16, Kind.FLOAT), F32(32, Kind.FLOAT), F64(64, Kind.FLOAT),
    F16X2(32, Kind.PAIR), BF16X2(32, Kind.PAIR), U16X2(32, Kind.PAIR), S16X2(32, Kind.PAIR);

    enum Kind { BITS, UNSIGNED, SIGNED, FLOAT, PAIR }

    final int bits;
    final Kind kind;

    Type(int bits, Kind kind) {
        this.bits = bits;
        this.kind = kind;
    }

    int bytes() {
        return bits / 8;
    }

    boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    boolean isInteger() {
        return kind != Kind.FLOAT && kind != Kind.PAIR;
    }

    /// Of one half of a pair.
    Type half() {
        return switch (this) {
            case F16X2 -> F16;
            case BF16X2 -> BF16;
            case U16X2 -> U16;
            case S16X2 -> S16;
            case PRED, B8, B16, B32, B64, U8, U16, U32, U64, S8, S16, S32, S64, F16, BF16, F32, F64 -> this;
        };
    }

    /// All bits of a value of this type.
    long mask() {
        return mask(bits);
    }

    static long mask(int bits) {
        return bits == 64 ? -1 : (1L << bits) - 1;
    }

    /// The number that kept bits stand for.
    long extend(long value) {
        return kind == Kind.SIGNED ? signed(value, bits) : value;
    }

    static long signed(long value, int bits) {
        return value << 64 - bits >> 64 - bits;
    }

    /// The type of that name without its dot, null if there is none.
    static @Nullable Type named(String name) {
        for (Type type : values()) if (type.name().toLowerCase(Locale.ROOT).equals(name)) return type;
        return null;
    }
}
