package tern.codegen.machine;

import static tern.codegen.machine.x86.Avx512.*;
import static tern.codegen.machine.x86.Vectors.AND;
import static tern.codegen.machine.x86.Vectors.LOAD;
import static tern.codegen.machine.x86.Vectors.OR;
import static tern.codegen.machine.x86.Vectors.SHUFB;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Opcode;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Lanes by number, across whole registers of 512 bits: one instruction asks one register, or two. Bytes so with VBMI alone; without it
/// their tables are asked 16 bytes at a time, and patterns are put together from those of 16-bit lanes.
final class Avx512Lookups extends Avx2Lookups {

    private static final int BYTES = 64;

    private final Avx512Lanes own;
    private final boolean vbmi;

    Avx512Lookups(Selection at, Values values, Avx2Lanes lanes, Set<Feature> features) {
        super(at, values, lanes);
        this.own = (Avx512Lanes) lanes;
        this.vbmi = features.contains(Feature.AVX512_VBMI);
    }

    @Override
    Register part(Expr.Lookup lookup, int i) {
        Expr table = lookup.table();
        Type type = table.type();
        int bits = type.element().bits(), each = 512 / bits;
        if (bits == 8 && !vbmi) return super.part(lookup, i);
        boolean wide = Values.isWide(lookup.type());
        Register index = values.part(lookup.index(), i);
        if (type.lanes() < each) index = code.vector(AND, wide, index, code.constant(bits, type.lanes() - 1));
        return choose(table, bits, index, 0, Math.max(1, type.lanes() / each), wide);
    }

    /// Answers of so many registers of the table, by halves of it.
    private Register choose(Expr table, int bits, Register index, int first, int count, boolean wide) {
        if (count == 1) return code.vector(one(bits), true, index, values.part(table, first));
        if (count == 2) return two(bits, index, values.part(table, first), values.part(table, first + 1));
        Register low = choose(table, bits, index, first, count / 2, wide), high = choose(table, bits, index, first + count / 2, count / 2, wide);
        return own.blend(bits, low, high, index, 512L / bits * count / 2, wide);
    }

    private static Opcode one(int bits) {
        return bits == 8 ? PERMB : bits == 16 ? PERMW : bits == 32 ? PERMD : PERMQ;
    }

    private Register two(int bits, Register numbers, Register low, Register high) {
        Register result = code.copy(numbers);
        code.put(bits == 8 ? PERM2B : bits == 16 ? PERM2W : bits == 32 ? PERM2D : PERM2Q, true, result, low, high);
        return result;
    }

    @Override
    Register both(IntFunction<Register> parts, int low, int high, boolean wide) {
        Register part = parts.apply(low / 4);
        if (!wide) return low % 4 == 0 ? part : code.vector(EXTRACT_QUARTER, true, part, new Immediate(low % 4));
        return code.vector(QUARTERS, true, part, part, new Immediate(0x55L * (low % 4)));
    }

    // Patterns

    @Override
    Register shuffle(Expr a, int bits, List<Integer> pattern, int i) {
        boolean mask = a.type().element() == Element.BOOL;
        IntFunction<Register> parts = part -> mask ? values.masks.mask(a, 8, part) : values.part(a, part);
        int count = Math.min(pattern.size(), 512 / bits);
        IntUnaryOperator from = lane -> pattern.get(i * count + Math.min(lane, count - 1));
        return bits == 8 && !vbmi ? bytes(parts, from, Values.isWide(pattern.size(), 8)) : picked(parts, bits, from);
    }

    /// Lanes that a function names among those of all parts, a part or two at a time.
    private Register picked(IntFunction<Register> parts, int bits, IntUnaryOperator from) {
        int each = 512 / bits;
        Set<Integer> needed = new TreeSet<>();
        for (int lane = 0; lane < each; lane++) needed.add(from.applyAsInt(lane) / each);
        Integer[] order = needed.toArray(Integer[]::new);
        if (order.length == 1) {
            Register only = parts.apply(order[0]);
            return code.vector(one(bits), true, numbers(bits, lane -> from.applyAsInt(lane) % each), only);
        }
        Register result = parts.apply(order[0]);
        for (int step = 1; step < order.length; step++) {
            int now = order[step], before = step;
            IntUnaryOperator number = lane -> {
                int part = from.applyAsInt(lane) / each;
                return part == now ? each + from.applyAsInt(lane) % each : before == 1 ? from.applyAsInt(lane) % each : lane;
            };
            result = two(bits, numbers(bits, number), result, parts.apply(now));
        }
        return result;
    }

    private Register numbers(int bits, IntUnaryOperator number) {
        byte[] all = new byte[BYTES];
        for (int lane = 0; lane < 512 / bits; lane++) all[lane * bits / 8] = (byte) number.applyAsInt(lane);
        return code.vector(LOAD, true, code.constant(all));
    }

    /// Even and odd bytes each from the 16-bit lanes that they lie in.
    private Register bytes(IntFunction<Register> parts, IntUnaryOperator from, boolean wide) {
        return code.vector(OR, wide, bytes(parts, from, 0), bytes(parts, from, 1));
    }

    private Register bytes(IntFunction<Register> parts, IntUnaryOperator from, int odd) {
        Register words = picked(parts, 16, lane -> from.applyAsInt(2 * lane + odd) / 2);
        byte[] control = new byte[BYTES];
        for (int b = 0; b < BYTES; b++) control[b] = (byte) (b % 2 == odd ? b % 16 - odd + from.applyAsInt(b) % 2 : 0x80);
        return code.vector(SHUFB, true, words, code.constant(control));
    }
}
