package tern.codegen.machine.x86;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tern.ir.loop.Expr;
import tern.ir.target.Isa;

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
        Feature feature, List<Expr> meanings) {

    /// A set of instructions that not every processor has.
    public enum Feature {
        BASE(""),
        AVX2("avx2"),
        FMA("fma"),
        F16C("f16c"),
        BMI2("bmi2"),
        AVX_VNNI("avx_vnni");

        private final String flag;

        Feature(String flag) {
            this.flag = flag;
        }

        /// As Linux names it in `/proc/cpuinfo`.
        public String flag() {
            return flag;
        }

        /// Those of a set, besides what every processor has.
        public static Set<Feature> of(Isa isa) {
            EnumSet<Feature> all = EnumSet.of(BASE);
            for (Feature one : values()) if (isa.flags().contains(one.flag)) all.add(one);
            return all;
        }

        /// What all code here relies on.
        public static final Set<Feature> NEEDED = Set.of(AVX2, FMA, F16C, BMI2);
    }

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

    public boolean reads(int operand) {
        char role = operands.get(operand).charAt(0);
        return role == 'r' || role == 'm';
    }

    public boolean writes(int operand) {
        char role = operands.get(operand).charAt(0);
        return role == 'w' || role == 'm';
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
