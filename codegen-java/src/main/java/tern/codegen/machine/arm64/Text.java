package tern.codegen.machine.arm64;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Instructions as GNU as reads them.
public final class Text {

    /// The stack pointer's number where an address is meant.
    private static final int STACK = 31;

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
            case Instruction.Jump(var condition, int label) ->
                (condition == null ? "b" : "b." + Conditions.name(Conditions.number(condition))) + " " + labels.code(label);
            case Instruction.Plain one -> plain(one);
        };
    }

    private String plain(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        List<String> operands = new ArrayList<>();
        for (int i = 0; i < opcode.operands().size(); i++) operands.add(operand(opcode, i, one.operands().get(i)));
        if (opcode.equals(Integers.READ_COUNTER)) operands.add("cntvct_el0");
        String name = opcode.name() + (opcode.name().contains(" ") ? ", " : " ");
        return operands.isEmpty() ? opcode.name() : name + String.join(", ", operands);
    }

    private String operand(Opcode opcode, int i, Operand operand) {
        return switch (operand) {
            case Immediate(long value) -> switch (opcode.field(i)) {
                case LSL, UP -> "lsl #" + value;
                case IF, IF_NOT -> Conditions.name((int) value);
                default -> "#" + value;
            };
            case Register register -> name(numbers.applyAsInt(register), opcode.form(i));
            case Memory m -> address(m);
        };
    }

    private String address(Memory m) {
        if (m.constant() >= 0) return labels.constant(m.constant()) + (m.displacement() == 0 ? "" : " + " + m.displacement());
        String base = m.base() == null ? "" : name(numbers.applyAsInt(m.base()), "x");
        if (m.index() != null) return "[" + base + ", " + name(numbers.applyAsInt(m.index()), "x") + "]";
        return m.displacement() == 0 ? "[" + base + "]" : "[" + base + ", #" + m.displacement() + "]";
    }

    private static String name(int number, String form) {
        if (number == STACK && form.equals("x")) return "sp";
        if (form.startsWith("[")) return "[" + name(number, form.substring(1, form.length() - 1)) + "]";
        if (form.startsWith("{")) return "{v" + number + "." + form.substring(1);
        return form.length() == 1 ? form + number : "v" + number + "." + form;
    }
}
