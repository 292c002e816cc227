package tern.codegen.machine;

import java.util.List;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.ir.loop.Program;

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

    /// What GNU as turns into the very bytes of the assembly.
    static String assembler(Program program, List<Instruction> code, Allocation registers, Assembly assembly, Labels labels) {
        var text = registers.set().exactly(registers::number, labels);
        boolean isX86 = registers.set() instanceof X86;
        var into = new StringBuilder();
        String source = program.source().substring(program.source().lastIndexOf('/') + 1);
        int line = 0;
        for (int i = 0; i < code.size(); i++) {
            int padding = assembly.padding(i);
            // So that a changed text keeps the alignment, too.
            if (padding > 0 && isX86) into.append("    .nops ").append(padding).append(", 9\n");
            if (padding > 0) into.append("    .p2align 6\n");
            if (code.get(i) instanceof Instruction.Plain one && one.line() != line) {
                line = one.line();
                if (line > 0) into.append(isX86 ? "    # " : "    // ").append(source).append(':').append(line).append('\n');
            }
            into.append(code.get(i) instanceof Instruction.Label ? "" : "    ").append(assembly.isLongForNothing(i) ? "{disp32} " : "");
            into.append(text.apply(code.get(i))).append('\n');
        }
        return into.toString();
    }
}
