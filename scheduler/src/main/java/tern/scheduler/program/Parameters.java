package tern.scheduler.program;

import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;
import tern.scheduler.problem.Problem;

/// A kernel's parameters as buffers of a lowered program.
public final class Parameters {

    /// Activations are int8.
    public static final Interval ACTIVATION = Interval.of(Element.I8);

    private Parameters() {}

    /// @param n        the run-time number of tokens
    /// @param prepared what takes the place of the activations
    public static Buf of(KernelDef.Param param, Var n, Problem problem, Packing packing, Buf prepared) {
        return switch (param.kind()) {
            case I8 -> prepared;
            case WEIGHT -> Buf.in(param.name(), word(packing), i32(words(packing, problem)), null);
            case I32, F16, BF16, F32 -> Buf.in(param.name(), element(param.kind()), extent(param, n, problem), null);
        };
    }

    public static Buf result(Var n, Problem problem) {
        KernelDef.Param y = problem.kernel().result();
        return Buf.out(y.name(), element(y.kind()), extent(y, n, problem));
    }

    /// Words of one packed weight parameter, tail included, rounded up.
    private static int words(Packing packing, Problem problem) {
        return Math.toIntExact(Math.ceilDiv(packing.bytes(problem.m(), problem.k()), (long) packing.word().bytes()));
    }

    /// Packed words are bits: unsigned.
    private static Element word(Packing packing) {
        return switch (packing.word().bits()) {
            case 8 -> Element.U8;
            case 16 -> Element.U16;
            case 32 -> Element.U32;
            default -> Element.U64;
        };
    }

    private static Element element(KernelDef.Kind kind) {
        return switch (kind) {
            case I32 -> Element.I32;
            case F16 -> Element.F16;
            case BF16 -> Element.BF16;
            case F32 -> Element.F32;
            case I8, WEIGHT -> throw new IllegalArgumentException("no element of " + kind);
        };
    }

    private static Expr extent(KernelDef.Param param, Var n, Problem problem) {
        Expr extent = i32(1);
        for (String dim : param.dims()) extent = multiply(extent, dim.equals("n") ? ref(n) : i32(KernelDef.size(dim, 1, problem.m(), problem.k())));
        return extent;
    }
}
