package tern.codegen.machine.x86;

import static tern.codegen.machine.x86.Form.*;

import java.util.List;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Register;

/// Instructions of Intel's AMX on tiles of up to 16 rows of 64 bytes. Rows in memory lie as far from each other as the index of the address says.
public final class Tiles {

    private Tiles() {}

    /// Shapes of all tiles, from 64 bytes; before any is used.
    public static final Opcode CONFIGURE = tile("ldtilecfg", 0, 0x49, 0, M, "rt");
    public static final Opcode LOAD = tile("tileloadd", 0xf2, 0x4b, -1, R_M, "wt rt");
    public static final Opcode STORE = tile("tilestored", 0xf3, 0x4b, -1, M_R, "wt rt");
    /// Adds sums of four products of signed bytes, row by column.
    public static final Opcode MULTIPLY = tile("tdpbssd", 0xf2, 0x5e, -1, R_M_V, "mt rt rt");
    /// Gives all tiles back, so that the system need not keep them.
    public static final Opcode RELEASE = tile("tilerelease", 0, 0x49, -1, NONE, "");

    /// All of them.
    public static final List<Opcode> ALL = List.of(CONFIGURE, LOAD, STORE, MULTIPLY, RELEASE);

    /// One of the eight.
    public static Register register(int number) {
        return new Register(Bank.TILE, -1001 - number, number);
    }

    private static Opcode tile(String name, int prefix, int code, int digit, Form form, String operands) {
        List<String> words = operands.isEmpty() ? List.of() : List.of(operands.split(" "));
        return new Opcode(name, true, prefix, 2, false, code, digit, form, words, null, Feature.AMX, List.of());
    }
}
