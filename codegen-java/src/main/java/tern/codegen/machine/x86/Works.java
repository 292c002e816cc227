package tern.codegen.machine.x86;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand;
import tern.ir.target.Core.Work;

/// What kinds of work an instruction makes, by its name; without the load or store of an operand in memory.
public final class Works {

    private Works() {}

    /// The work of the instruction itself; none of a copy from register to register, which cores do by renaming.
    public static List<Work> of(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        Form form = opcode.form();
        int m = form.takesMemory() ? form.memory() : -1;
        boolean memory = m >= 0 && one.operands().get(m) instanceof Operand.Memory;
        boolean stores = memory && one.opcode().writes(m), loads = memory && one.opcode().reads(m);
        List<Work> all = new ArrayList<>();
        String name = one.opcode().name();
        if (name.startsWith("prefetch")) return List.of(Work.LOAD);
        int rows = opcode.feature() == Feature.AMX ? tileAccesses(name) : 1;
        if (loads) all.addAll(Collections.nCopies(rows, Work.LOAD));
        if (stores) all.addAll(Collections.nCopies(rows, Work.STORE));
        if (!isDone(name, memory)) all.add(kind(name));
        // 512 bits are two of 256: so on a Zen 4; an Intel core has two ports in the place of three.
        if (opcode.bits(one) == 512) all.addAll(List.copyOf(all));
        return all;
    }

    /// Two rows of a tile are loaded at a time, and one is stored: 8 and 16 cycles, as Intel's Optimization Reference Manual has them (section 20.5).
    private static int tileAccesses(String name) {
        return switch (name) {
            case "tileloadd", "tilestored" -> 16;
            default -> 1;
        };
    }

    /// Whether nothing is left to do but to read or write, or nothing at all.
    private static boolean isDone(String name, boolean memory) {
        return switch (name) {
            case "endbr64", "ret", "vzeroupper", "vmovdqu", "vmovdqu8", "ldtilecfg", "tilerelease", "tileloadd", "tilestored" -> true;
            case "vpbroadcastd", "vpbroadcastq", "vbroadcasti128", "vmovd", "vmovq" -> memory;
            default -> name.startsWith("mov");
        };
    }

    private static Work kind(String name) {
        return switch (name) {
            case "vpand", "vpandn", "vpor", "vpxor", "vpblendd", "vpblendvb", "vpternlogd", "vpblendmb", "vpblendmw", "vpblendmd", "vpblendmq" -> Work.LOGIC;
            case "vpmulld", "vpmullq" -> Work.LONG_PRODUCT;
            case "vpdpbusd" -> Work.FOURS;
            case "tdpbssd" -> Work.TILES;
            case "vpmaddubsw", "vpmaddwd", "vpmullw", "vpmulhw", "vpmulhuw", "vpmuldq", "vpmuludq" -> Work.PAIRS;
            case "vextracti128", "vinserti128" -> Work.CROSS;
            case "vpshufb", "vshufps", "vpsrldq", "vpacksswb", "vpackssdw", "vpackuswb", "vpackusdw" -> Work.SHUFFLE;
            case "vmovd", "vmovq", "vpextrw", "kmovq" -> Work.MOVE;
            case "vdivps", "vsqrtps" -> Work.DIVIDE;
            case "vmulps", "vfmadd231ps", "vfmadd213ps" -> Work.FLOAT_PRODUCT;
            case "vaddps", "vsubps", "vminps", "vmaxps", "vcmpps" -> Work.FLOAT_ADD;
            case "vroundps" -> Work.CONVERT;
            case "imul", "mul" -> Work.INTEGER_PRODUCT;
            case "div", "idiv" -> Work.INTEGER_DIVIDE;
            default -> name.startsWith("vpmov") || name.startsWith("vpbroadcast") || name.startsWith("vperm") || name.contains("i32x4")
                    || name.contains("i64x4") ? Work.CROSS
                    : name.startsWith("vcvt") ? Work.CONVERT
                    : name.startsWith("vpsl") || name.startsWith("vpsr") ? Work.SHIFT
                    : name.startsWith("v") ? Work.ADD
                    : Work.INTEGER;
        };
    }
}
