package tern.codegen.machine;

import static tern.codegen.machine.x86.Avx512.*;
import static tern.codegen.machine.x86.Vectors.BYTES_RIGHT;

import java.util.function.IntFunction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Opcode;

/// The same in registers of 512 bits, of which an instruction keeps the low bits of lanes in order.
final class Avx512Resizing extends Avx2Resizing {

    Avx512Resizing(Code code) {
        super(code);
    }

    @Override
    Register slice(IntFunction<Register> source, int lanes, int from, int to, int i) {
        int bytes = offset(lanes, from, to, i), inside = bytes % 64;
        Register part = source.apply(bytes / 64);
        if (inside == 0) return part;
        if (inside == 32) return code.vector(EXTRACT_HALF, true, part, new Immediate(1));
        Register quarter = inside < 16 ? part : code.vector(EXTRACT_QUARTER, true, part, new Immediate(inside / 16));
        return inside % 16 == 0 ? quarter : code.vector(BYTES_RIGHT, false, quarter, new Immediate(inside % 16));
    }

    @Override
    Register narrow(IntFunction<Register> source, int lanes, int from, int to, int i, boolean mask) {
        int wider = 2 * to;
        IntFunction<Register> parts = from == wider ? source : part -> narrow(source, lanes, from, wider, part, mask);
        Opcode cut = to == 8 ? CUT_WB : to == 16 ? CUT_DW : CUT_QD;
        if (lanes * wider <= 512) return code.vector(cut, Values.isWide(lanes, wider), parts.apply(i));
        Register low = code.vector(cut, true, parts.apply(2 * i));
        return code.vector(INSERT_HALF, true, low, code.vector(cut, true, parts.apply(2 * i + 1)), new Immediate(1));
    }
}
