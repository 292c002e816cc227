package tern.codegen.machine.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Instructions in Intel's syntax, as GNU as reads them.
public final class Text {

    private static final List<String> NAMES =
            List.of("ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "8", "9", "10", "11", "12", "13", "14", "15");

    private final ToIntFunction<Register> numbers;
    private final Labels labels;

    public Text(ToIntFunction<Register> numbers) {
        this(numbers, Labels.PLAIN);
    }

    public Text(ToIntFunction<Register> numbers, Labels labels) {
        this.numbers = numbers;
        this.labels = labels;
    }

    public String of(Instruction instruction) {
        return switch (instruction) {
            case Instruction.Label(int number, _) -> labels.code(number) + ":";
            case Instruction.Jump(var condition, int label) -> (condition == null ? "jmp" : "j" + Conditions.suffix(condition)) + " " + labels.code(label);
            case Instruction.Plain one -> plain(one);
        };
    }

    /// The same, so that an assembler with a choice between encodings takes ours.
    public String exactly(Instruction instruction) {
        boolean choice = instruction instanceof Instruction.Plain one && one.opcode() instanceof Opcode opcode
                && !one.operands().isEmpty() && one.operands().stream().allMatch(Register.class::isInstance) && hasChoice(opcode, one);
        return choice ? "{load} " + of(instruction) : of(instruction);
    }

    /// Of two registers either may be the one that could be memory; of three, GNU as exchanges the last two if that is shorter.
    private boolean hasChoice(Opcode opcode, Instruction.Plain one) {
        return switch (opcode.form()) {
            case R_M -> opcode.vex() ? opcode.equals(Vectors.LOAD) : opcode.map() == 0;
            case R_V_M -> opcode.map() == 1 && number(one, 1) < 8 && number(one, 2) >= 8;
            default -> false;
        };
    }

    private int number(Instruction.Plain one, int operand) {
        return numbers.applyAsInt((Register) one.operands().get(operand));
    }

    private String plain(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        List<String> operands = new ArrayList<>();
        int written = switch (opcode.form()) {
            case NONE -> 0;
            case M -> 1;
            case M_R -> 2;
            default -> one.operands().size();
        };
        for (int i = 0; i < written; i++) operands.add(operand(one.operands().get(i), opcode.size(i), one.bits()));
        Opcode.Evex evex = opcode.vex() ? opcode.evex(one, numbers) : null;
        if (evex != null && evex.masked()) operands.set(0, operands.getFirst() + (evex.zeroes() ? "{k1}{z}" : "{k1}"));
        String name = evex != null ? evex.name() : opcode.feature() == Feature.AVX_VNNI ? "{vex} " + opcode.name() : opcode.name();
        return operands.isEmpty() ? name : name + " " + String.join(", ", operands);
    }

    private String operand(Operand operand, char size, int bits) {
        return switch (operand) {
            case Immediate(long value) -> Long.toString(value);
            case Register register -> name(numbers.applyAsInt(register), letter(Opcode.bits(size, bits), size));
            case Memory m -> pointer(size) + address(m);
        };
    }

    private static char letter(int bits, char size) {
        return bits == 0 ? size : bits == 512 ? 'z' : bits == 256 ? 'y' : 'x';
    }

    private static String pointer(char size) {
        return switch (size) {
            case 'b' -> "byte ptr ";
            case 'w' -> "word ptr ";
            case 'd' -> "dword ptr ";
            case 'q' -> "qword ptr ";
            default -> "";
        };
    }

    private String address(Memory m) {
        if (m.constant() >= 0) return "[rip + " + labels.constant(m.constant()) + (m.displacement() == 0 ? "" : " + " + m.displacement()) + "]";
        var text = new StringBuilder("[");
        if (m.base() != null) text.append(name(numbers.applyAsInt(m.base()), 'q'));
        if (m.index() != null) text.append(" + ").append(name(numbers.applyAsInt(m.index()), 'q')).append('*').append(m.scale());
        if (m.displacement() != 0) text.append(m.displacement() < 0 ? " - " : " + ").append(Math.abs((long) m.displacement()));
        return text.append(']').toString();
    }

    /// A register by its number and size.
    static String name(int number, char size) {
        if (size == 'x') return "xmm" + number;
        if (size == 'y') return "ymm" + number;
        if (size == 'z') return "zmm" + number;
        if (size == 'k') return "k" + number;
        if (size == 't') return "tmm" + number;
        String name = NAMES.get(number);
        if (number >= 8)
            return "r" + name + switch (size) {
                case 'b' -> "b";
                case 'w' -> "w";
                case 'd' -> "d";
                default -> "";
            };
        return switch (size) {
            case 'b' -> number < 4 ? name.charAt(0) + "l" : name + "l";
            case 'w' -> name;
            case 'd' -> "e" + name;
            default -> "r" + name;
        };
    }
}
