package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Lanes by number: of a table by numbers that are computed, of a vector by a pattern.
///
/// A table is cut into chunks that one instruction looks up in: 16 bytes by `vpshufb`, 32 by `vpermd`. All chunks are asked; the bits of
/// the index above those that count within a chunk then choose among the answers, two by two.
sealed class Avx2Lookups permits Avx512Lookups {

    private static final int CHUNK = 16;

    private record Chunk(Var table, int number, boolean wide) {}

    final Code code;
    final Values values;
    final Avx2Lanes lanes;
    /// Chunks of tables that variables hold, by the blocks around.
    private final Deque<Map<Chunk, Register>> scopes = new ArrayDeque<>();

    Avx2Lookups(Selection at, Values values, Avx2Lanes lanes) {
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
        open();
    }

    void open() {
        scopes.push(new HashMap<>());
    }

    void close() {
        scopes.pop();
    }

    /// The answers of chunks, by the bits of an index that distinguish them.
    ///
    /// @param answer   of a chunk
    /// @param selector lanes whose highest bit, in each byte, is bit number n of the chunk's number
    private Register choose(IntFunction<Register> answer, IntFunction<Register> selector, int first, int count, boolean wide) {
        if (count == 1) return answer.apply(first);
        int half = count / 2;
        Register low = choose(answer, selector, first, half, wide), high = choose(answer, selector, first + half, half, wide);
        return lanes.blend(low, high, selector.apply(Integer.numberOfTrailingZeros(half)), wide);
    }

    Register part(Expr.Lookup lookup, int i) {
        Expr table = lookup.table();
        Type type = table.type();
        int bits = type.element().bits();
        boolean wide = Values.isWide(lookup.type());
        Register index = values.part(lookup.index(), i);
        Map<Integer, Register> selectors = new HashMap<>();
        return switch (bits) {
            case 8 -> {
                Register control = code.vector(AND, wide, index, code.constant(8, Math.min(type.lanes(), CHUNK) - 1));
                IntFunction<Register> selector = bit -> selectors.computeIfAbsent(bit,
                        _ -> code.vector(SLLW_I, wide, index, new Immediate(3L - bit)));
                yield choose(chunk -> code.vector(SHUFB, wide, chunk(table, chunk, wide), control), selector, 0, chunks(type), wide);
            }
            case 16 -> words(table, index, wide);
            case 32 -> {
                Register control = type.lanes() >= 8 ? index : code.vector(AND, wide, index, code.constant(32, type.lanes() - 1));
                IntFunction<Register> selector = bit -> selectors.computeIfAbsent(bit, _ -> code.vector(SRAD_I, wide,
                        code.vector(SLLD_I, wide, index, new Immediate(28L - bit)), new Immediate(31)));
                yield choose(part -> code.vector(PERMD, true, control, values.part(table, part)), selector, 0, Math.max(1, type.lanes() / 8), wide);
            }
            default -> quads(table, index, wide);
        };
    }

    private static int chunks(Type type) {
        return Math.max(1, type.bits() / 8 / CHUNK);
    }

    /// Each index becomes the numbers of its two bytes.
    private Register words(Expr table, Register index, boolean wide) {
        int count = table.type().lanes();
        Map<Integer, Register> selectors = new HashMap<>();
        Register inside = code.vector(AND, wide, index, code.constant(16, Math.min(count, 64) - 1));
        Register control = code.vector(ADDW, wide, code.vector(MULLW, wide, inside, code.constant(16, 0x0202)), code.constant(16, 0x0100));
        IntFunction<Register> selector = bit -> selectors.computeIfAbsent(bit, _ -> bit < 3
                ? code.vector(SLLW_I, wide, control, new Immediate(3L - bit))
                : code.vector(SRAW_I, wide, code.vector(SLLW_I, wide, index, new Immediate(12L - bit)), new Immediate(15)));
        return choose(chunk -> code.vector(SHUFB, wide, chunk(table, chunk, wide), control), selector, 0, chunks(table.type()), wide);
    }

    /// Each index becomes the numbers of its two halves.
    private Register quads(Expr table, Register index, boolean wide) {
        int count = table.type().lanes();
        Map<Integer, Register> selectors = new HashMap<>();
        Register inside = code.vector(AND, wide, index, code.constant(64, count - 1));
        Register both = code.vector(OR, wide, code.vector(SLLQ_I, wide, inside, new Immediate(1)), code.vector(SLLQ_I, wide, inside, new Immediate(33)));
        Register control = code.vector(OR, wide, both, code.constant(64, 1L << 32));
        IntFunction<Register> selector = bit -> selectors.computeIfAbsent(bit, _ -> code.vector(CMPGTQ, wide, lanes.zero(wide),
                code.vector(SLLQ_I, wide, index, new Immediate(61L - bit))));
        return choose(part -> code.vector(PERMD, true, control, values.part(table, part)), selector, 0, Math.max(1, count / 4), wide);
    }

    /// 16 bytes of a table, in both halves of a wide register.
    private Register chunk(Expr table, int number, boolean wide) {
        if (!(table instanceof Expr.Ref(Var var)) || var.mutable()) return computed(table, number, wide);
        var key = new Chunk(var, number, wide);
        for (Map<Chunk, Register> scope : scopes) {
            Register known = scope.get(key);
            if (known != null) return known;
        }
        Register chunk = computed(table, number, wide);
        scopes.element().put(key, chunk);
        return chunk;
    }

    private Register computed(Expr table, int number, boolean wide) {
        Memory place = lanes.loaded(table, 0);
        if (place != null) return code.vector(wide ? BROADCAST128 : LOAD, wide, place.plus(CHUNK * number));
        IntFunction<Register> parts = part -> values.part(table, part);
        return both(parts, number, number, wide);
    }

    /// A register with one chunk of 16 bytes below and another above; of a narrow one the lower alone.
    Register both(IntFunction<Register> parts, int low, int high, boolean wide) {
        Register part = parts.apply(low / 2);
        if (!wide) return low % 2 == 0 ? part : code.vector(EXTRACT128, true, part, new Immediate(1));
        if (high == low + 1 && low % 2 == 0) return part;
        return code.vector(PERM128, true, part, parts.apply(high / 2), new Immediate(low % 2 | 2 + high % 2 << 4));
    }

    /// Part i of the lanes that a pattern names.
    Register shuffle(Expr a, int bits, List<Integer> pattern, int i) {
        boolean mask = a.type().element() == tern.ir.Element.BOOL, wide = Values.isWide(pattern.size(), bits);
        IntFunction<Register> parts = part -> mask ? values.masks.mask(a, 8, part) : values.part(a, part);
        int width = bits / 8, lanes = Math.min(pattern.size(), 256 / bits), bytes = lanes * width;
        int[] from = new int[bytes];
        for (int b = 0; b < bytes; b++) from[b] = pattern.get(i * lanes + b / width) * width + b % width;
        List<Integer> low = needed(from, 0), high = wide ? needed(from, CHUNK) : low;
        Register result = null;
        for (int step = 0; step < Math.max(low.size(), high.size()); step++) {
            int l = low.get(Math.min(step, low.size() - 1)), h = high.get(Math.min(step, high.size() - 1));
            result = or(result, picked(both(parts, l, h, wide), from, l, h, wide), wide);
        }
        if (result == null) throw new IllegalArgumentException("a pattern of no lanes");
        return result;
    }

    /// Chunks that 16 bytes come from.
    private static List<Integer> needed(int[] from, int first) {
        Set<Integer> chunks = new LinkedHashSet<>();
        for (int b = first; b < Math.min(first + CHUNK, from.length); b++) chunks.add(from[b] / CHUNK);
        return new ArrayList<>(chunks);
    }

    private Register picked(Register chunks, int[] from, int low, int high, boolean wide) {
        byte[] control = new byte[32];
        boolean inPlace = true;
        for (int b = 0; b < 32; b++) {
            boolean ours = b < from.length && from[b] / CHUNK == (b < CHUNK ? low : high);
            control[b] = (byte) (ours ? from[b] % CHUNK : 0x80);
            inPlace &= b >= from.length || ours && control[b] == b % CHUNK;
        }
        return inPlace ? chunks : code.vector(SHUFB, wide, chunks, code.constant(control));
    }

    private Register or(@Nullable Register sum, Register more, boolean wide) {
        return sum == null ? more : code.vector(OR, wide, sum, more);
    }
}
