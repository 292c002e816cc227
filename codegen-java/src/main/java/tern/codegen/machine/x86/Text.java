package tern.codegen.machine.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Instructions in Intel's syntax, as GNU as reads them.
public final class Text {

    private static final List<String> NAMES =
            List.of("ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "8", "9", "10", "11", "12", "13", "14", "15");

    private final ToIntFunction<Register> numbers;

    public Text(ToIntFunction<Register> numbers) {
        this.numbers = numbers;
    }

    public String of(Instruction instruction) {
        return switch (instruction) {
            case Instruction.Label(int number, _) -> "L" + number + ":";
            case Instruction.Jump(var condition, int label) -> (condition == null ? "jmp" : "j" + Conditions.suffix(condition)) + " L" + label;
            case Instruction.Plain one -> plain(one);
        };
    }

    private String plain(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        List<String> operands = new ArrayList<>();
        int written = switch (opcode.form()) {
            case NONE -> 0;
            case M -> 1;
            default -> one.operands().size();
        };
        for (int i = 0; i < written; i++) operands.add(operand(one.operands().get(i), opcode.size(i), one.wide()));
        String name = opcode.feature() == Feature.AVX_VNNI ? "{vex} " + opcode.name() : opcode.name();
        return operands.isEmpty() ? name : name + " " + String.join(", ", operands);
    }

    private String operand(Operand operand, char size, boolean wide) {
        return switch (operand) {
            case Immediate(long value) -> Long.toString(value);
            case Register register -> name(numbers.applyAsInt(register), size == 'v' ? wide ? 'y' : 'x' : size);
            case Memory m -> pointer(size) + address(m);
        };
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
        if (m.constant() >= 0) return "[rip + C" + m.constant() + (m.displacement() == 0 ? "" : " + " + m.displacement()) + "]";
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
