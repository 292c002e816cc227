package tern.codegen.machine;

import static tern.codegen.machine.arm64.Vectors.*;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Lanes by number: of a table by numbers that are computed, of a vector by a pattern.
///
/// `tbl` looks bytes up in 16 bytes and gives 0 for a number beyond, `tbx` leaves what was there: a table of several registers is
/// asked register by register, the numbers being 16 less each time.
final class NeonLookups {

    private static final int CHUNK = 16;
    private static final byte NOWHERE = -1;

    private final Selection at;
    private final Code code;
    private final Values values;
    private final NeonLanes lanes;

    NeonLookups(Selection at, Values values, NeonLanes lanes) {
        this.at = at;
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
    }

    Register part(Expr.Lookup lookup, int i) {
        Type type = lookup.table().type();
        Register index = values.part(lookup.index(), i);
        IntFunction<Register> table = part -> values.part(lookup.table(), part);
        int chunks = Math.max(1, type.bits() / 8 / CHUNK);
        return choose(table, bytes(type, index), index, type.element().bits(), 0, chunks);
    }

    /// The numbers of the bytes, modulo 256.
    private Register bytes(Type type, Register index) {
        int bits = type.element().bits(), width = bits / 8;
        Register inside = bits == 8 && type.lanes() == 256 ? index : lanes.write(AND, index, lanes.constant(bits, type.lanes() - 1));
        if (width == 1) return inside;
        byte[] lowest = new byte[CHUNK], steps = new byte[CHUNK];
        for (int b = 0; b < CHUNK; b++) {
            lowest[b] = (byte) (b / width * width);
            steps[b] = (byte) (b % width);
        }
        Register low = lanes.write(TBL, inside, lanes.constant(lowest));
        Register scaled = lanes.write(SHL.get(at(8)), low, new Immediate(Integer.numberOfTrailingZeros(width)));
        return lanes.write(ORR, scaled, lanes.constant(steps));
    }

    /// Numbers of a byte reach 16 chunks; above, bits of the index choose among such groups.
    private Register choose(IntFunction<Register> table, Register bytes, Register index, int bits, int first, int count) {
        if (count <= CHUNK) return group(table, bytes, first, count);
        int half = count / 2;
        Register low = choose(table, bytes, index, bits, first, half), high = choose(table, bytes, index, bits, first + half, half);
        Register upper = lanes.write(CMTST.get(at(bits)), index, lanes.constant(bits, (long) half * CHUNK / (bits / 8)));
        return lanes.change(BSL, upper, high, low);
    }

    private Register group(IntFunction<Register> table, Register bytes, int first, int count) {
        Register result = lanes.write(TBL, table.apply(first), bytes), left = bytes;
        for (int chunk = 1; chunk < count; chunk++) {
            left = lanes.write(SUB.get(at(8)), left, lanes.constant(8, CHUNK));
            code.put(TBX, result, table.apply(first + chunk), left);
        }
        return result;
    }

    /// Part i of the lanes that a pattern names.
    Register shuffle(Expr a, int bits, List<Integer> pattern, int i) {
        boolean mask = a.type().element() == Element.BOOL;
        IntFunction<Register> parts = part -> mask ? values.masks.mask(a, 8, part) : values.part(a, part);
        int width = bits / 8, count = Math.min(pattern.size(), at.set.vectorBits() / bits), bytes = count * width;
        int[] from = new int[bytes];
        Set<Integer> chunks = new LinkedHashSet<>();
        for (int b = 0; b < bytes; b++) {
            from[b] = pattern.get(i * count + b / width) * width + b % width;
            chunks.add(from[b] / CHUNK);
        }
        Register result = null;
        for (int chunk : chunks) {
            byte[] control = new byte[CHUNK];
            Arrays.fill(control, NOWHERE);
            for (int b = 0; b < bytes; b++) if (from[b] / CHUNK == chunk) control[b] = (byte) (from[b] % CHUNK);
            Register source = parts.apply(chunk);
            if (result != null) code.put(TBX, result, source, lanes.constant(control));
            else result = isInPlace(control, bytes) ? code.copy(source) : lanes.write(TBL, source, lanes.constant(control));
        }
        if (result == null) throw new IllegalArgumentException("a pattern of no lanes");
        return result;
    }

    private static boolean isInPlace(byte[] control, int bytes) {
        for (int b = 0; b < bytes; b++) if (control[b] != NOWHERE && control[b] != b) return false;
        return true;
    }
}
