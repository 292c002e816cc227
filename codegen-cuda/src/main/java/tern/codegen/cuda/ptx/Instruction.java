package tern.codegen.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// An instruction of the hardware that is more than one operation of a lane: how it is written, and what it means in Loop IR. Tests run
/// both and compare.
///
/// @param opcode     in PTX's spelling; operands follow in PTX's order, the result first
/// @param operands   what stands for the operands in the meaning, values of a whole warp, the result left out
/// @param meaning    of the result
public record Instruction(String opcode, List<Var> operands, Expr meaning) {

    public Instruction {
        operands = List.copyOf(operands);
    }

    void emit(PtxText text, String... registers) {
        text.emit(opcode, registers);
    }

    /// All that the emitter uses.
    public static List<Instruction> all() {
        var all = new ArrayList<Instruction>();
        for (boolean a : new boolean[] {false, true}) {
            all.add(dp4a(a, true));
            all.add(mma(a, true));
        }
        all.add(mmaOfFloats());
        return all;
    }

    private static String bytes(boolean signed, int bits) {
        return (signed ? "s" : "u") + bits;
    }

    private static Var part(String name, boolean signed) {
        return Var.value(name, new Type(signed ? Element.I8 : Element.U8, 128));
    }

    /// Source: PTX ISA, "Integer Arithmetic Instructions: dp4a". Available since sm_61.
    static Instruction dp4a(boolean a, boolean b) {
        Var x = part("a", a), y = part("b", b), sum = Var.value("c", new Type(Element.I32, 32));
        return new Instruction("dp4a." + bytes(a, 32) + "." + bytes(b, 32), List.of(x, y, sum),
                new Expr.Dot(new Expr.Ref(sum), new Expr.Ref(x), new Expr.Ref(y)));
    }

    /// Source: PTX ISA, "Multiply-and-Accumulate Instruction: mma", m16n8k32 of 8-bit integers. Available since sm_80.
    static Instruction mma(boolean a, boolean b) {
        return mma("m16n8k32.row.col.s32." + bytes(a, 8) + "." + bytes(b, 8) + ".s32", Element.I32, i -> part("a" + i, a), i -> part("b" + i, b));
    }

    /// Source: PTX ISA, "Multiply-and-Accumulate Instruction: mma", m16n8k16 of bf16. Available since sm_80.
    static Instruction mmaOfFloats() {
        return mma("m16n8k16.row.col.f32.bf16.bf16.f32", Element.F32, i -> pairs("a" + i), i -> pairs("b" + i));
    }

    private static Var pairs(String name) {
        return Var.value(name, new Type(Element.BF16, 64));
    }

    private static Instruction mma(String form, Element of, IntFunction<Var> a, IntFunction<Var> b) {
        Var sum = Var.value("c", new Type(of, 128));
        List<Var> x = IntStream.range(0, 4).mapToObj(a).toList(), y = IntStream.range(0, 2).mapToObj(b).toList();
        var operands = new ArrayList<Var>(x);
        operands.addAll(y);
        operands.add(sum);
        return new Instruction("mma.sync.aligned." + form, operands,
                new Expr.Mma(new Expr.Ref(sum), x.stream().map(Expr::ref).toList(), y.stream().map(Expr::ref).toList()));
    }
}
