package tern.codegen.jvm.device;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// The hot loop of a tabulated product, by hand: 32 rows a vector of i16, each three 5-bit codes; a table of 32 sums for
/// each code. Sums of 28 tiles fit an i16, then they go to i32 scratch.
public record Gemv(int blocks, int tiles, int blocksAtOnce) {

    static final int ROWS = 32, TILES_IN_I16 = 28;

    public Program program() {
        Buf weights = Buf.in("w", Element.U16, i32(blocks * tiles * ROWS), Interval.of(0, 32767));
        Buf tables = Buf.in("tables", Element.I16, i32(tiles * 3 * ROWS), Interval.of(-381, 381));
        Buf result = Buf.out("y", Element.I32, i32(blocks * ROWS));
        Buf sums = Buf.scratch("sums", Element.I32, Buf.Scope.CORE, blocksAtOnce * ROWS, null);
        Var block = Var.value("block", Type.I32), start = Var.value("start", Type.I32);
        Type wide = new Type(Element.I32, ROWS);
        List<Loop> zero = new ArrayList<>(), out = new ArrayList<>();
        for (int r = 0; r < blocksAtOnce; r++) {
            zero.add(new Loop.Store(sums, i32(r * ROWS), Expr.zero(wide), null));
            out.add(new Loop.Store(result, add(multiply(ref(block), i32(ROWS)), i32(r * ROWS)),
                    Expr.load(sums, i32(r * ROWS), ROWS), null));
        }
        Expr end = Expr.binary(Operation.MIN, add(ref(start), i32(TILES_IN_I16)), i32(tiles));
        Loop tileLoop = Loop.loop(start, i32(0), i32(tiles), TILES_IN_I16, Binding.SERIAL,
                new Loop.Outline("tiles", inner(weights, tables, sums, block, start, end)));
        Loop body = Loop.loop(block, i32(0), i32(blocks), blocksAtOnce, Binding.CORES,
                Loop.block(Loop.block(zero), tileLoop, Loop.block(out)));
        return new Program("gemv_%d_%d_r%d".formatted(blocks * ROWS, tiles * 9, blocksAtOnce), "gemv.tir", List.of(),
                List.of(weights, tables, result, sums), new Loop.At(1, body));
    }

    private Loop inner(Buf weights, Buf tables, Buf sums, Var block, Var start, Expr end) {
        Type narrow = new Type(Element.I16, ROWS);
        Var tile = Var.value("tile", Type.I32);
        List<Loop> before = new ArrayList<>(), step = new ArrayList<>(), after = new ArrayList<>();
        List<Var> table = new ArrayList<>(), sum = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            table.add(Var.value("t" + t, narrow));
            Expr at = add(multiply(ref(tile), i32(3 * ROWS)), i32(t * ROWS));
            step.add(new Loop.Let(table.get(t), Expr.load(tables, at, ROWS)));
        }
        for (int r = 0; r < blocksAtOnce; r++) {
            sum.add(Var.mutable("sum" + r, narrow));
            before.add(new Loop.Let(sum.get(r), Expr.zero(narrow)));
            Var codes = Var.value("codes" + r, new Type(Element.U16, ROWS));
            Expr row = multiply(add(ref(block), i32(r)), i32(tiles * ROWS));
            step.add(new Loop.Let(codes, Expr.load(weights, add(row, multiply(ref(tile), i32(ROWS))), ROWS)));
            Expr value = ref(sum.get(r));
            for (int t = 0; t < 3; t++)
                value = add(value, new Expr.Lookup(ref(table.get(t)), Expr.shiftRight(ref(codes), 5 * t)));
            step.add(new Loop.Set(sum.get(r), value));
            Expr total = add(Expr.load(sums, i32(r * ROWS), ROWS), Expr.convert(Element.I32, ref(sum.get(r))));
            after.add(new Loop.Store(sums, i32(r * ROWS), total, null));
        }
        Loop loop = Loop.loop(tile, ref(start), end, 1, Binding.SERIAL, Loop.block(step));
        List<Loop> all = new ArrayList<>(before);
        all.add(new Loop.At(2, loop));
        all.addAll(after);
        return Loop.block(all);
    }
}
