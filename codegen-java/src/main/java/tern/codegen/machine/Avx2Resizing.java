package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.function.IntFunction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Opcode;

/// Gives lanes another width: sign or zeros in front, or only the low bits kept.
sealed class Avx2Resizing permits Avx512Resizing {

    /// Quarters 0 and 2 of a register first: puts in order what a pack of two registers left.
    private static final int EVEN_QUARTERS_FIRST = 0xd8;

    final Code code;

    Avx2Resizing(Code code) {
        this.code = code;
    }

    /// @param source parts before
    /// @param lanes  of the whole value
    /// @return part i after
    Register integer(IntFunction<Register> source, int lanes, int from, int to, boolean signed, int i) {
        if (from == to) return source.apply(i);
        if (from < to) return code.vector(extension(from, to, signed), Values.isWide(lanes, to), slice(source, lanes, from, to, i));
        return narrow(source, lanes, from, to, i, false);
    }

    Register mask(IntFunction<Register> source, int lanes, int from, int to, int i) {
        return from < to ? integer(source, lanes, from, to, true, i) : narrow(source, lanes, from, to, i, true);
    }

    static Opcode extension(int from, int to, boolean signed) {
        return switch (from * 1000 + to) {
            case 8016 -> signed ? SXBW : ZXBW;
            case 8032 -> signed ? SXBD : ZXBD;
            case 8064 -> signed ? SXBQ : ZXBQ;
            case 16032 -> signed ? SXWD : ZXWD;
            case 16064 -> signed ? SXWQ : ZXWQ;
            case 32064 -> signed ? SXDQ : ZXDQ;
            default -> throw new IllegalArgumentException("from " + from + " to " + to + " bits");
        };
    }

    /// Bytes into the source at which the lanes of a wider part begin.
    int offset(int lanes, int from, int to, int i) {
        return i * Math.min(lanes, code.set.vectorBits() / to) * from / 8;
    }

    /// The lanes of which part i of wider ones will be made, in the low lanes.
    Register slice(IntFunction<Register> source, int lanes, int from, int to, int i) {
        int bytes = offset(lanes, from, to, i);
        Register part = source.apply(bytes / 32);
        if (bytes % 32 >= 16) part = code.vector(EXTRACT128, true, part, new Immediate(1));
        return bytes % 16 == 0 ? part : code.vector(BYTES_RIGHT, false, part, new Immediate(bytes % 16));
    }

    /// Halves the width until it is right. Lanes of a mask need not be cut, since they saturate.
    Register narrow(IntFunction<Register> source, int lanes, int from, int to, int i, boolean mask) {
        int wider = 2 * to;
        IntFunction<Register> parts = from == wider ? source : part -> narrow(source, lanes, from, wider, part, mask);
        boolean wide = Values.isWide(lanes, to);
        int bits = lanes * wider;
        if (bits <= 128) {
            Register all = cut(parts.apply(i), to, mask, false);
            return pack(all, all, to, mask, false);
        }
        Register low = cut(parts.apply(wide ? 2 * i : i), to, mask, true);
        Register high = wide ? cut(parts.apply(2 * i + 1), to, mask, true) : low;
        return code.vector(PERMQ, true, pack(low, high, to, mask, true), new Immediate(EVEN_QUARTERS_FIRST));
    }

    private Register cut(Register lanes, int to, boolean mask, boolean wide) {
        return mask || to == 32 ? lanes : code.vector(AND, wide, lanes, code.constant(2 * to, (1L << to) - 1));
    }

    private Register pack(Register low, Register high, int to, boolean mask, boolean wide) {
        return switch (to) {
            case 8 -> code.vector(mask ? PACKSSWB : PACKUSWB, wide, low, high);
            case 16 -> code.vector(mask ? PACKSSDW : PACKUSDW, wide, low, high);
            default -> code.vector(SHUFPS, wide, low, high, new Immediate(0x88));
        };
    }
}
