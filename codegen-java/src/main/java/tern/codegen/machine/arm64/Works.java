package tern.codegen.machine.arm64;

import java.util.List;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.ir.target.Core.Work;

/// What kind of work an instruction makes, by its name.
public final class Works {

    private Works() {}

    /// None of a copy from register to register, which cores do by renaming.
    public static List<Work> of(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        String name = opcode.name();
        if (name.startsWith("ld") || name.startsWith("prfm")) return List.of(Work.LOAD);
        if (name.startsWith("st")) return List.of(Work.STORE);
        if (name.equals("mov") || name.equals("ret") || name.equals("yield")) return List.of();
        return List.of(opcode.feature() == Feature.BASE ? integer(name) : vector(name, opcode));
    }

    private static Work integer(String name) {
        return switch (name) {
            case "mul", "smulh", "umulh", "msub" -> Work.INTEGER_PRODUCT;
            case "sdiv", "udiv" -> Work.INTEGER_DIVIDE;
            default -> Work.INTEGER;
        };
    }

    private static Work vector(String name, Opcode opcode) {
        return switch (name) {
            case "and", "orr", "eor", "mvn", "bsl", "movi" -> Work.LOGIC;
            case "shl", "sshr", "ushr", "sshl", "ushl", "sxtl", "sxtl2", "uxtl", "uxtl2", "sadalp" -> Work.SHIFT;
            case "smull", "smull2", "umull", "umull2" -> Work.PAIRS;
            case "mul" -> Work.LONG_PRODUCT;
            case "sdot", "udot", "usdot", "smmla" -> Work.FOURS;
            case "tbl", "tbx", "ext", "uzp1", "uzp2", "zip1", "zip2", "rev64" -> Work.SHUFFLE;
            case "dup", "fmov" -> opcode.operands().stream().anyMatch(word -> word.endsWith(".x") || word.endsWith(".w")) ? Work.MOVE : Work.SHUFFLE;
            case "fmul", "fmla" -> Work.FLOAT_PRODUCT;
            case "fdiv", "fsqrt" -> Work.DIVIDE;
            case "scvtf", "ucvtf", "frintn" -> Work.CONVERT;
            default -> name.startsWith("fcvt") ? Work.CONVERT : name.startsWith("f") ? Work.FLOAT_ADD : Work.ADD;
        };
    }
}
