package tern.codegen.machine;

import java.util.List;
import tern.codegen.machine.code.Instruction;

/// Prints instructions as assemblers write them, each with the line of the Loop IR that it is part of.
final class Listing {

    private Listing() {}

    static void print(String name, List<Instruction> code, Allocation registers, StringBuilder into) {
        var text = registers.set().text(registers::number);
        into.append(name).append(":\n");
        int line = 0;
        for (Instruction instruction : code) {
            if (instruction instanceof Instruction.Plain one && one.line() != line) {
                line = one.line();
                into.append("                                                  ").append(registers.set().comment()).append(" @").append(line).append('\n');
            }
            into.append(instruction instanceof Instruction.Label ? "" : "    ").append(text.apply(instruction)).append('\n');
        }
    }
}
