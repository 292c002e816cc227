package tern.codegen.machine.x86;

import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr;

/// An instruction: how it is written, what it does to its operands, what it means.
///
/// @param prefix   0, or 0x66, 0xf3, 0xf2
/// @param map      of opcodes: 0 none, 1 `0f`, 2 `0f38`, 3 `0f3a`
/// @param wide     bit W: 64-bit integers
/// @param digit    in the register field of ModRM where no operand is there, else -1
/// @param operands a word for each: `r` read, `w` written, `m` both; then its size: `b w d q` an integer of 8 to 64 bits, `x y z` a vector of
///                 128, 256 or 512 bits, `v` one as wide as the instruction, `h f o` as much as a half, a fourth, an eighth of it, `k` a mask,
///                 `t` a tile, `i` an immediate
/// @param evex     how it is written for 512 bits and for registers from 16 on; null if it is not
/// @param feature  that the processor must have
/// @param meanings in Loop IR over the variables `a`, `b`, `c`, which are the operands read; none of what is no vector arithmetic
public record Opcode(
        String name, boolean vex, int prefix, int map, boolean wide, int code, int digit, Form form, List<String> operands,
        @Nullable Evex evex, Feature feature, List<Expr> meanings)
        implements tern.codegen.machine.code.Opcode {

    private static final Set<Feature> EVEX_ALONE = Set.of(Feature.AVX512, Feature.AVX512_VNNI, Feature.AVX512_VBMI);

    /// What the EVEX prefix says.
    ///
    /// @param name   there
    /// @param prefix there
    /// @param code   there
    /// @param wide   bit W
    /// @param unit   bytes that short displacements count in; 0 for as many as the operand has
    /// @param masked whether `k1` says which lanes are meant
    /// @param zeroes whether the others become 0
    public record Evex(String name, int prefix, int code, boolean wide, int unit, boolean masked, boolean zeroes) {}

    public Opcode {
        operands = List.copyOf(operands);
        meanings = List.copyOf(meanings);
    }

    static Opcode integer(String name, int prefix, int map, boolean wide, int code, int digit, Form form, String operands) {
        return new Opcode(name, false, prefix, map, wide, code, digit, form, words(operands), null, Feature.BASE, List.of());
    }

    static Opcode vector(String name, int prefix, int map, int code, Form form, String operands, Expr... meanings) {
        var evex = new Evex(name, prefix, code, false, 0, false, false);
        return new Opcode(name, true, prefix, map, false, code, -1, form, words(operands), evex, Feature.AVX2, List.of(meanings));
    }

    /// With EVEX alone, or by whose feature it is there.
    static Opcode avx512(String name, int prefix, int map, boolean wide, int code, Form form, String operands, Expr... meanings) {
        var evex = new Evex(name, prefix, code, wide, 0, false, false);
        return new Opcode(name, true, prefix, map, wide, code, -1, form, words(operands), evex, Feature.AVX512, List.of(meanings));
    }

    private Opcode with(@Nullable Evex other) {
        return new Opcode(name, vex, prefix, map, wide, code, digit, form, operands, other, feature, meanings);
    }

    Opcode wide64() {
        Opcode all = evexWide();
        return new Opcode(name, vex, prefix, map, true, code, digit, form, operands, all.evex, feature, meanings);
    }

    Opcode digit(int number) {
        return new Opcode(name, vex, prefix, map, wide, code, number, form, operands, evex, feature, meanings);
    }

    Opcode of(Feature set) {
        return new Opcode(name, vex, prefix, map, wide, code, digit, form, operands, evex, set, meanings);
    }

    /// With VEX alone.
    Opcode vexAlone() {
        return with(null);
    }

    Opcode evexName(String other) {
        return evex == null ? this : with(new Evex(other, evex.prefix, evex.code, evex.wide, evex.unit, evex.masked, evex.zeroes));
    }

    Opcode evexCode(int otherPrefix, int other) {
        return evex == null ? this : with(new Evex(evex.name, otherPrefix, other, evex.wide, evex.unit, evex.masked, evex.zeroes));
    }

    Opcode evexWide() {
        return evex == null ? this : with(new Evex(evex.name, evex.prefix, evex.code, true, evex.unit, evex.masked, evex.zeroes));
    }

    Opcode unit(int bytes) {
        return evex == null ? this : with(new Evex(evex.name, evex.prefix, evex.code, evex.wide, bytes, evex.masked, evex.zeroes));
    }

    Opcode masked(boolean zeroes) {
        return evex == null ? this : with(new Evex(evex.name, evex.prefix, evex.code, evex.wide, evex.unit, true, zeroes));
    }

    private static List<String> words(String operands) {
        return operands.isEmpty() ? List.of() : List.of(operands.split(" "));
    }

    /// Size of an operand, as a letter.
    public char size(int operand) {
        String word = operands.get(operand);
        return word.charAt(word.length() - 1);
    }

    /// Bits of a vector operand.
    static int bits(char size, int all) {
        return switch (size) {
            case 'x' -> 128;
            case 'y' -> 256;
            case 'z' -> 512;
            case 'v' -> all;
            case 'h' -> all / 2;
            case 'f' -> all / 4;
            case 'o' -> all / 8;
            default -> 0;
        };
    }

    /// Length of the vectors that an instruction works on.
    int bits(Instruction.Plain one) {
        int bits = 128;
        for (int i = 0; i < operands.size(); i++) bits = Math.max(bits, bits(size(i), one.bits()));
        return bits;
    }

    /// Whether an instruction is written with EVEX: where VEX does, assemblers take it.
    @Nullable
    Evex evex(Instruction.Plain one, ToIntFunction<Register> numbers) {
        boolean high = one.operands().stream().anyMatch(o -> o instanceof Register r && r.bank() == Bank.VECTOR && numbers.applyAsInt(r) >= 16);
        boolean needed = high || bits(one) == 512;
        if (needed && evex == null) throw new IllegalStateException(name + " has neither 512 bits nor registers from 16 on");
        return needed || EVEX_ALONE.contains(feature) ? evex : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
