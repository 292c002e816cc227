package tern.codegen.machine.arm64;

import java.util.List;
import tern.codegen.machine.code.Feature;
import tern.ir.loop.Expr;

/// An instruction of 32 bits.
///
/// @param code     its bits, fields empty
/// @param operands a word for each: `r` read, `w` written, `m` both, or `i` an immediate; then the [Field] that it fills; of a register
///                 a dot and how it is written: `x`, `w` an integer of 64 or 32 bits, `q d s h b` a vector's low bits, `4s` lanes, `s[0]` the lowest
///                 lane, `{16b}` a list of one, `[x]` an address
public record Opcode(String name, int code, List<String> operands, Feature feature) implements tern.codegen.machine.code.Opcode {

    public Opcode {
        operands = List.copyOf(operands);
    }

    static Opcode of(String name, int code, String operands) {
        return new Opcode(name, code, operands.isEmpty() ? List.of() : List.of(operands.split(" ")), Feature.BASE);
    }

    Opcode with(Feature one) {
        return new Opcode(name, code, operands, one);
    }

    @Override
    public List<Expr> meanings() {
        return List.of();
    }

    Field field(int operand) {
        String word = operands.get(operand);
        int dot = word.indexOf('.');
        return Field.valueOf(word.substring(1, dot < 0 ? word.length() : dot));
    }

    /// How a register is written.
    String form(int operand) {
        String word = operands.get(operand);
        return word.substring(word.indexOf('.') + 1);
    }

    /// Bytes that one with a place in memory moves, as a power of two.
    int scale() {
        boolean vector = (code >>> 26 & 1) == 1, whole = (code >>> 23 & 1) == 1;
        return vector && whole ? 4 : code >>> 30;
    }

    @Override
    public String toString() {
        return name;
    }
}
