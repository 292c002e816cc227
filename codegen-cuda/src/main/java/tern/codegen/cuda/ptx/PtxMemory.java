package tern.codegen.cuda.ptx;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.ptx.PtxText.Kind;
import tern.ir.Element;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;

/// Where buffers lie, and the loads and stores of threads.
///
/// A lane's element may be written by one thread and read by another of the same warp, which in the program is one and the same: a warp
/// waits for its threads wherever such a pair of accesses may meet.
final class PtxMemory {

    /// Widest access of a thread.
    private static final int WIDEST = 16;

    private final String kernel;
    private final PtxText text;
    private final Multiples multiples;
    private final Map<Buf, String> bases = new LinkedHashMap<>();
    private final Set<Buf> written, staged;
    private final boolean overlaps;

    /// Accesses since the warp last waited for its threads; null as index where anything may have been touched.
    private record Access(Buf buffer, @Nullable Expr base, long from, long to, boolean store) {}

    private final List<Access> pending = new ArrayList<>();

    /// @param written by the program
    /// @param staged   constants that are copied to shared memory
    /// @param overlaps whether launches before this one may write its parameters while it runs
    PtxMemory(String kernel, PtxText text, Multiples multiples, Set<Buf> written, Set<Buf> staged, boolean overlaps) {
        this.kernel = kernel;
        this.text = text;
        this.multiples = multiples;
        this.written = written;
        this.staged = staged;
        this.overlaps = overlaps;
    }

    void base(Buf buffer, String register) {
        bases.put(buffer, register);
    }

    /// Where a buffer begins.
    String base(Buf buffer) {
        String base = bases.get(buffer);
        if (base == null) throw new CompileException(kernel, "buffer " + buffer + " is not declared");
        return base;
    }

    /// The address of an element.
    String place(Buf buffer, String index) {
        return address(buffer, index);
    }

    private boolean isShared(Buf buffer) {
        return buffer.scope() == Buf.Scope.CORE || staged.contains(buffer);
    }

    // Waiting for the other threads

    /// All threads of the warp, or the block, have met here.
    void met() {
        pending.clear();
    }

    /// Code that may have run before: a loop's own end.
    void forget() {
        for (Buf buffer : written) pending.add(new Access(buffer, null, 0, 0, true));
    }

    private void order(Buf buffer, Offset place, long elements, boolean store) {
        if (!written.contains(buffer)) return;
        var access = new Access(buffer, place.rest, place.constant, place.constant + elements, store);
        if (pending.stream().anyMatch(before -> conflict(before, access))) {
            text.emit("bar.warp.sync", "-1");
            pending.clear();
        }
        pending.add(access);
    }

    private static boolean conflict(Access a, Access b) {
        if (!a.buffer.equals(b.buffer) || !a.store && !b.store) return false;
        if (a.base == null || b.base == null || !a.base.equals(b.base)) return true;
        return a.from < b.to && b.from < a.to;
    }

    // Addresses

    /// An index as something plus a constant.
    private record Offset(Expr rest, long constant) {}

    private static Offset split(Expr index) {
        if (index instanceof Expr.Int(Type type, long value)) return new Offset(new Expr.Int(type, 0), value);
        if (index instanceof Expr.Binary(var op, Expr a, Expr b) && op == Expr.Binary.Operation.ADD) {
            Offset x = split(a), y = split(b);
            return new Offset(Expr.add(x.rest, y.rest), x.constant + y.constant);
        }
        return new Offset(index, 0);
    }

    /// The address of element `index` of a buffer, without a constant.
    private String address(Buf buffer, String index) {
        String base = base(buffer), size = Integer.toString(buffer.element().bytes());
        if (index.equals("0")) return base;
        return isShared(buffer)
                ? text.make(Kind.WORD, "mad.lo.s32", index, size, base)
                : text.make(Kind.LONG, "mad.wide.s32", index, size, base);
    }

    private static String at(String address, long offset) {
        return offset == 0 ? "[" + address + "]" : "[" + address + (offset > 0 ? "+" : "") + offset + "]";
    }

    // Loads

    /// Turns an index expression into registers.
    interface Indices {
        RegisterValue of(Expr index);
    }

    /// Where elements lie that a thread must not touch: from `end` on.
    ///
    /// @param end   register or constant
    /// @param index number of the thread's first element among those of the value; null if 0
    private record Guard(String end, String index) {}

    /// `lanes` neighbouring elements, spread over the threads.
    RegisterValue load(Expr.Load load, Indices indices, String laneId) {
        Type type = load.type();
        Offset place = split(load.index());
        order(load.buffer(), place, type.lanes(), false);
        int each = RegisterValue.lanes(type);
        String index = indices.of(place.rest).get(0);
        String own = type.isScalar() ? index : spread(index, type, each, laneId);
        long multiple = Math.min(multiples.of(load.index()), Long.lowestOneBit(each));
        if (type.lanes() < 32) multiple = 1;
        Expr limit = load.limit();
        Guard guard = limit == null ? null : new Guard(indices.of(limit).get(0), own);
        return run(load.buffer(), type, List.of(address(load.buffer(), own)), place.constant, each, multiple, guard);
    }

    /// Index of a thread's first element.
    private String spread(String index, Type type, int each, String laneId) {
        String lane = type.lanes() >= 32 ? laneId : text.make(Kind.WORD, "and.b32", laneId, Integer.toString(type.lanes() - 1));
        if (each == 1) return index.equals("0") ? lane : text.make(Kind.WORD, "add.s32", lane, index);
        return text.make(Kind.WORD, "mad.lo.s32", lane, Integer.toString(each), index);
    }

    /// Runs of elements, each from an index of its own on.
    RegisterValue gather(Expr.Gather gather, Indices indices) {
        Type type = gather.type();
        int lanes = gather.indices().type().lanes(), run = type.lanes() / lanes;
        if (lanes < 32 && run > 1) throw new CompileException(kernel, String.format(ROOT, "gathers runs into %d lanes", lanes));
        Offset place = split(gather.indices());
        if (written.contains(gather.buffer())) order(gather.buffer(), new Offset(gather.indices(), 0), Integer.MAX_VALUE, false);
        List<String> addresses = indices.of(place.rest).registers().stream()
                .map(index -> address(gather.buffer(), index))
                .toList();
        long multiple = Math.min(multiples.of(gather.indices()), Long.lowestOneBit(run));
        return run(gather.buffer(), type, addresses, place.constant, run, multiple, null);
    }

    /// Elements `offset .. offset + count` from each address on.
    ///
    /// @param multiple of elements that addresses are known to be multiples of
    private RegisterValue run(Buf buffer, Type type, List<String> addresses, long offset, int count, long multiple, @Nullable Guard guard) {
        int size = buffer.element().bytes();
        long aligned = Math.min(Math.min(WIDEST, multiple * size), (long) count * size);
        if (guard != null) aligned = size;
        boolean packs = size < 4 && aligned >= 4 && buffer.element().isInteger();
        var registers = new ArrayList<String>();
        for (String address : addresses)
            if (packs || size == 4 && aligned > 4) wide(buffer, address, offset * size, count * size, (int) aligned, registers);
            else if (size == 2 && aligned >= 4) halves(buffer, address, offset * size, count * size, (int) aligned, registers);
            else
                for (int i = 0; i < count; i++)
                    registers.add(one(buffer, at(address, (offset + i) * size), guard == null ? null : inside(guard, offset + i)));
        return new RegisterValue(type, packs, registers);
    }

    private String inside(Guard guard, long offset) {
        String index = offset == 0 ? guard.index : text.make(Kind.WORD, "add.s32", guard.index, Long.toString(offset));
        return text.make(Kind.PREDICATE, "setp.lt.s32", index, guard.end);
    }

    /// `bytes` bytes by accesses of `width` bytes, as 32-bit words.
    private void wide(Buf buffer, String address, long offset, int bytes, int width, List<String> registers) {
        Kind kind = buffer.element() == Element.F32 ? Kind.FLOAT : Kind.WORD;
        for (int from = 0; from < bytes; from += width) {
            var words = new ArrayList<String>();
            for (int w = 0; w < width; w += 4) words.add(text.register(kind));
            String type = width == 4 ? ".b32" : ".v" + width / 4 + ".b32";
            text.emit(loadOpcode(buffer, width) + type, braced(words), at(address, offset + from));
            registers.addAll(words);
        }
    }

    /// The same, split into 16-bit floats.
    private void halves(Buf buffer, String address, long offset, int bytes, int width, List<String> registers) {
        var words = new ArrayList<String>();
        wide(buffer, address, offset, bytes, width, words);
        for (String word : words) {
            var pair = List.of(text.register(Kind.HALF), text.register(Kind.HALF));
            text.emit("mov.b32", braced(pair), word);
            registers.addAll(pair);
        }
    }

    private static String braced(List<String> words) {
        return words.size() == 1 ? words.getFirst() : words.stream().collect(Collectors.joining(", ", "{", "}"));
    }

    /// Unsigned words of a parameter are packed weights: each is read once, and must not drive activations out of L1. What another launch may
    /// write while this one runs must not be read by `.nc`, not even after the wait (PTX ISA, "ld.global.nc").
    private String loadOpcode(Buf buffer, int width) {
        if (isShared(buffer)) return "ld.shared";
        if (written.contains(buffer)) return "ld.global";
        if (overlaps && buffer.isParameter() && !isCodes(buffer)) return "ld.global";
        return isCodes(buffer) ? "ld.global.nc.L1::no_allocate" + (width == WIDEST ? ".L2::256B" : "") : "ld.global.nc";
    }

    private static boolean isCodes(Buf buffer) {
        return buffer.scope() == Buf.Scope.IN && buffer.element().isInteger() && !buffer.element().isSigned();
    }

    private String one(Buf buffer, String at, @Nullable String inside) {
        Element element = buffer.element();
        Kind kind = kind(element);
        String to = text.register(kind);
        String opcode = loadOpcode(buffer, element.bytes()) + "." + loadType(element);
        if (inside == null) text.emit(opcode, to, at);
        else {
            text.emit("mov" + (kind == Kind.HALF ? ".b16" : kind == Kind.LONG ? ".b64" : kind == Kind.FLOAT ? ".f32" : ".b32"), to,
                    kind == Kind.FLOAT ? "0f00000000" : "0");
            text.emitIf(inside, opcode, to, at);
        }
        return element == Element.BOOL ? text.make(Kind.PREDICATE, "setp.ne.s32", to, "0") : to;
    }

    static Kind kind(Element element) {
        return switch (element) {
            case BOOL, I8, U8, I16, U16, I32, U32 -> Kind.WORD;
            case I64, U64 -> Kind.LONG;
            case F16, BF16 -> Kind.HALF;
            case F32 -> Kind.FLOAT;
        };
    }

    private static String loadType(Element element) {
        return switch (element) {
            case BOOL, U8 -> "u8";
            case I8 -> "s8";
            case I16 -> "s16";
            case U16 -> "u16";
            case I32, U32 -> "b32";
            case I64, U64 -> "b64";
            case F16, BF16 -> "b16";
            case F32 -> "f32";
        };
    }

    // Copies

    /// 16 bytes a lane at a time, past the first-level cache. Who waits for them, and at which barrier, the program says.
    void copy(Loop.CopyAsync copy, Indices indices, String laneId) {
        int size = copy.to().element().bytes(), bytes = copy.elements() * size;
        boolean aligned = multiples.of(copy.toIndex()) * size % WIDEST == 0 && multiples.of(copy.fromIndex()) * size % WIDEST == 0;
        if (bytes % WIDEST != 0 || !aligned || !isShared(copy.to()) || isShared(copy.from()))
            throw new CompileException(kernel, "a copy that is not of whole 16 bytes from global to shared memory");
        Offset target = split(copy.toIndex()), source = split(copy.fromIndex());
        String to = own(copy.to(), target.rest, indices, laneId), from = own(copy.from(), source.rest, indices, laneId);
        long toAt = target.constant * size, fromAt = source.constant * size;
        for (int at = 0; at < bytes; at += 32 * WIDEST) {
            int lanes = Math.min(32, (bytes - at) / WIDEST);
            String[] operands = {at(to, toAt + at), at(from, fromAt + at), Integer.toString(WIDEST)};
            String opcode = "cp.async.cg.shared.global.L2::128B";
            if (lanes == 32) text.emit(opcode, operands);
            else text.emitIf(text.make(Kind.PREDICATE, "setp.lt.u32", laneId, Integer.toString(lanes)), opcode, operands);
        }
    }

    /// Brings whole 16 bytes to the second-level cache. What it cannot ask for at once, it leaves.
    ///
    /// @param number register that is 0 in the thread that asks
    void prefetch(Loop.Prefetch prefetch, Indices indices, String number) {
        Buf buffer = prefetch.buffer();
        int size = buffer.element().bytes();
        long bytes = (long) prefetch.elements() * size;
        if (bytes % WIDEST != 0 || multiples.of(prefetch.index()) * size % WIDEST != 0) return;
        Offset place = split(prefetch.index());
        String address = address(buffer, indices.of(place.rest).get(0)), first = text.make(Kind.PREDICATE, "setp.eq.u32", number, "0");
        text.emitIf(first, "cp.async.bulk.prefetch.L2.global", at(address, place.constant * size), Long.toString(bytes));
    }

    /// The address of a lane's 16 bytes.
    private String own(Buf buffer, Expr index, Indices indices, String laneId) {
        String address = address(buffer, indices.of(index).get(0)), width = Integer.toString(WIDEST);
        return isShared(buffer)
                ? text.make(Kind.WORD, "mad.lo.s32", laneId, width, address)
                : text.make(Kind.LONG, "mad.wide.u32", laneId, width, address);
    }

    // Stores

    /// Writes the lanes of a value, each by the thread that holds it; of a short one, the first threads.
    ///
    /// @param value not packed, no constants
    void store(Buf buffer, Expr index, RegisterValue value, @Nullable Expr limit, Indices indices, String laneId) {
        Offset place = split(index);
        order(buffer, place, value.type().lanes(), true);
        int each = value.registers().size(), size = buffer.element().bytes();
        String first = indices.of(place.rest).get(0);
        String own = value.type().isScalar() ? first : spread(first, value.type(), each, laneId);
        String address = address(buffer, own);
        String opcode = (isShared(buffer) ? "st.shared" : "st.global") + ".";
        String holder = value.type().lanes() >= 32
                ? null
                : text.make(Kind.PREDICATE, "setp.lt.u32", laneId, Integer.toString(value.type().lanes()));
        long multiple = Math.min(multiples.of(index), Long.lowestOneBit(each)) * size;
        if (limit == null && holder == null && size == 4 && multiple > 4) {
            int words = (int) Math.min(4, multiple / 4);
            for (int i = 0; i < each; i += words)
                text.emit(opcode + "v" + words + ".b32", at(address, (place.constant + i) * size), braced(value.registers().subList(i, i + words)));
            return;
        }
        Guard guard = limit == null ? null : new Guard(indices.of(limit).get(0), own);
        for (int i = 0; i < each; i++) {
            String condition = guard == null ? holder : inside(guard, place.constant + i);
            if (guard != null && holder != null && condition != null)
                condition = text.make(Kind.PREDICATE, "and.pred", condition, holder);
            String at = at(address, (place.constant + i) * size), type = storeType(buffer.element());
            if (condition == null) text.emit(opcode + type, at, value.get(i));
            else text.emitIf(condition, opcode + type, at, value.get(i));
        }
    }

    private static String storeType(Element element) {
        return switch (element.bytes()) {
            case 1 -> "u8";
            case 2 -> element.isFloat() ? "b16" : "u16";
            case 4 -> element == Element.F32 ? "f32" : "b32";
            default -> "b64";
        };
    }
}
