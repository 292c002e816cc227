package tern.codegen.machine.x86;

import java.util.List;
import tern.codegen.machine.code.Feature;
import tern.ir.loop.Expr;

/// An instruction: how it is written, what it does to its operands, what it means.
///
/// @param prefix   0, or 0x66, 0xf3, 0xf2
/// @param map      of opcodes: 0 none, 1 `0f`, 2 `0f38`, 3 `0f3a`
/// @param wide     bit W: 64-bit integers
/// @param digit    in the register field of ModRM where no operand is there, else -1
/// @param operands a word for each: `r` read, `w` written, `m` both; then its size: `b w d q` an integer of 8 to 64 bits, `x y` a vector of
///                 128 or 256 bits, `v` one as wide as the instruction, `i` an immediate
/// @param feature  that the processor must have
/// @param meanings in Loop IR over the variables `a`, `b`, `c`, which are the operands read; none of what is no vector arithmetic
public record Opcode(
        String name, boolean vex, int prefix, int map, boolean wide, int code, int digit, Form form, List<String> operands,
        Feature feature, List<Expr> meanings)
        implements tern.codegen.machine.code.Opcode {

    public Opcode {
        operands = List.copyOf(operands);
        meanings = List.copyOf(meanings);
    }

    static Opcode integer(String name, int prefix, int map, boolean wide, int code, int digit, Form form, String operands) {
        return new Opcode(name, false, prefix, map, wide, code, digit, form, words(operands), Feature.BASE, List.of());
    }

    static Opcode vector(String name, int prefix, int map, int code, Form form, String operands, Expr... meanings) {
        return new Opcode(name, true, prefix, map, false, code, -1, form, words(operands), Feature.AVX2, List.of(meanings));
    }

    Opcode wide64() {
        return new Opcode(name, vex, prefix, map, true, code, digit, form, operands, feature, meanings);
    }

    Opcode digit(int number) {
        return new Opcode(name, vex, prefix, map, wide, code, number, form, operands, feature, meanings);
    }

    Opcode of(Feature set) {
        return new Opcode(name, vex, prefix, map, wide, code, digit, form, operands, set, meanings);
    }

    private static List<String> words(String operands) {
        return operands.isEmpty() ? List.of() : List.of(operands.split(" "));
    }

    /// Size of an operand, as a letter.
    public char size(int operand) {
        String word = operands.get(operand);
        return word.charAt(word.length() - 1);
    }

    @Override
    public String toString() {
        return name;
    }
}
