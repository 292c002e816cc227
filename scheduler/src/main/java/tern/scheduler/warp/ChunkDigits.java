package tern.scheduler.warp;

import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.warp.ChunkView.Decode;
import tern.scheduler.warp.ChunkView.Quad;

/// Unpacks chunks that are in registers: digits by fours, as bytes of a word of each lane.
public final class ChunkDigits {

    private final WarpGeometry g;
    private final Names names;
    /// By the entries.
    private final Map<List<Integer>, Buf> tables = new LinkedHashMap<>();

    ChunkDigits(WarpGeometry g, Names names) {
        this.g = g;
        this.names = names;
        for (Quad quad : g.view().quads())
            if (quad.decode() instanceof Decode.Table(_, var entries))
                tables.computeIfAbsent(entries, e -> Buf.constant(
                        "digits" + tables.size(), Element.I32, e.stream().mapToInt(Integer::intValue).toArray()));
    }

    Collection<Buf> tables() {
        return tables.values();
    }

    /// Tables as long as a warp has lanes, each lane holding an entry.
    Map<Buf, Var> hold(List<Loop> steps) {
        Map<Buf, Var> held = new HashMap<>();
        for (Buf table : tables.values()) {
            List<Integer> data = table.data();
            if (data == null) throw new IllegalStateException("a table without entries");
            if (data.size() != 32) continue;
            Var digits = names.value("digits", LANES);
            steps.add(new Loop.Let(digits, Expr.load(table, i32(0), 32)));
            held.put(table, digits);
        }
        return held;
    }

    /// The chunks of one step.
    public final class Step {
        private final List<Loop> steps;
        private final Var[][] chunks;
        private final Map<Buf, Var> held;
        /// Words that are used, by what they are part of.
        private final Map<List<Object>, Var> parts = new HashMap<>();

        /// @param steps  takes what is needed on the way
        /// @param chunks `[weight][row tile]`
        /// @param held   tables in registers
        Step(List<Loop> steps, Var[][] chunks, Map<Buf, Var> held) {
            this.steps = steps;
            this.chunks = chunks;
            this.held = held;
        }

        /// Digits of a quad, for products with bytes, in a variable.
        public Expr bytes(Quad quad, int w, int r) {
            return bytes(digits(quad, w, r));
        }

        /// No digits at all.
        public Expr none() {
            return bytes(Expr.zero(new Type(Element.U32, 32)));
        }

        private Expr bytes(Expr digits) {
            Var bytes = names.value("digits", bytesType());
            steps.add(new Loop.Let(bytes, new Expr.Bitcast(bytesType(), digits)));
            return ref(bytes);
        }

        Type bytesType() {
            return new Type(g.view().signed() ? Element.I8 : Element.U8, 128);
        }

        /// Digits of a quad as words. Where products are those of matrices, they are in their place; else some bits above it.
        Expr digits(Quad quad, int w, int r) {
            return switch (quad.decode()) {
                case Decode.Bytes(int word, int shift, int mask, int flip) -> {
                    int down = g.isTensor() ? shift : 0;
                    Expr bits = Expr.shiftRight(part(chunks[w][r], word), down);
                    int own = mask >>> down, flipped = flip >>> down;
                    Expr masked = own == -1 ? bits : Expr.mask(bits, own & 0xffff_ffffL);
                    yield flipped == 0
                            ? masked
                            : Expr.binary(Operation.XOR, masked, new Expr.Int(masked.type(), flipped & 0xffff_ffffL));
                }
                case Decode.Table(var fields, var entries) -> look(table(entries), code(fields, w, r));
            };
        }

        private Buf table(List<Integer> entries) {
            Buf table = tables.get(entries);
            if (table == null) throw new IllegalStateException("a table that was not declared");
            return table;
        }

        /// Short tables lie in the lanes of a register, long ones in memory.
        private Expr look(Buf table, Expr code) {
            Var lanes = held.get(table);
            if (lanes != null) return new Expr.Lookup(ref(lanes), code);
            return new Expr.Gather(LANES, table, new Expr.Bitcast(LANES, code));
        }

        private Expr code(List<ChunkView.Field> fields, int w, int r) {
            Expr code = null;
            int at = 0;
            for (ChunkView.Field field : fields) {
                Expr bits = Expr.shiftRight(part(chunks[w][r], field.word()), field.shift());
                if (field.shift() + field.bits() < 32) bits = Expr.mask(bits, (1L << field.bits()) - 1);
                Expr placed = Expr.shiftLeft(bits, at);
                code = code == null ? placed : Expr.binary(Operation.OR, code, placed);
                at += field.bits();
            }
            if (code == null) throw new IllegalStateException("a code without fields");
            return code;
        }

        /// Word `j` of what each lane holds.
        Expr part(Var of, int j) {
            int each = of.type().lanes() / 32;
            if (each == 1) return ref(of);
            return ref(parts.computeIfAbsent(List.of(of, j), _ -> {
                Expr word = new Expr.Shuffle(ref(of), IntStream.range(0, 32).mapToObj(lane -> lane * each + j).toList());
                Var part = names.value(of.type().element() == Element.U32 ? "word" : "x", word.type());
                steps.add(new Loop.Let(part, word));
                return part;
            }));
        }
    }
}
