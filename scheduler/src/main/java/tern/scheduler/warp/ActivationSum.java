package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.binary;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;

import java.util.ArrayList;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// All activations of a token added up by one warp: what digits lack that are not the weights themselves.
///
/// @param x i8 `[n, k]`
public record ActivationSum(Names names, Buf x, Buf prepared, int k) {

    /// @param to where it goes in `prepared`
    public Loop of(Var token, Expr to) {
        for (int lanes = 512; lanes >= 128; lanes /= 2) if (k % lanes == 0) return ofWords(token, to, lanes);
        Var all = names.mutable("all", LANES), at = names.index("at"), row = names.index("row");
        Expr x32 = new Expr.Load(new Type(Element.I8, 32), x, add(ref(row), ref(at)), add(ref(row), i32(k)));
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(row, multiply(ref(token), i32(k))));
        steps.add(new Loop.Let(all, Expr.zero(LANES)));
        steps.add(Loop.loop(at, i32(0), i32(k), 32, Binding.SERIAL,
                new Loop.Set(all, binary(Operation.ADD, ref(all), Expr.convert(Element.I32, x32)))));
        steps.add(new Loop.Store(prepared, to, new Expr.Reduce(Operation.ADD, ref(all)), null));
        return Loop.block(steps);
    }

    /// The same by dot products with ones, where a row is a multiple of `lanes` bytes.
    private Loop ofWords(Var token, Expr to, int lanes) {
        Type words = LANES.withLanes(lanes / 4), bytes = new Type(Element.I8, lanes);
        Var all = names.mutable("all", words), at = names.index("at"), row = names.index("row");
        Expr ones = new Expr.Bitcast(bytes, new Expr.Int(words.withElement(Element.U32), 0x01010101));
        Expr some = new Expr.Load(bytes, x, add(ref(row), ref(at)), null);
        return Loop.block(
                new Loop.Let(row, multiply(ref(token), i32(k))),
                new Loop.Let(all, Expr.zero(words)),
                Loop.loop(at, i32(0), i32(k), lanes, Binding.SERIAL, new Loop.Set(all, new Expr.Dot(ref(all), some, ones))),
                new Loop.Store(prepared, to, new Expr.Reduce(Operation.ADD, ref(all)), null));
    }
}
