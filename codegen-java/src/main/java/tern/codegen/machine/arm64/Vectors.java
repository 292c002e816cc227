package tern.codegen.machine.arm64;

import static tern.codegen.machine.arm64.Opcode.of;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tern.codegen.machine.code.Feature;

/// Vector instructions: NEON on registers of 128 bits, dotprod, i8mm. Lists hold one for lanes of 8, 16, 32 and 64 bits; see [#at].
public final class Vectors {

    private static final String[] LANES = {"16b", "8h", "4s", "2d"}, HALF = {"8b", "4h", "2s"};
    private static final List<Opcode> EVERY = new ArrayList<>();

    private Vectors() {}

    // What moves

    public static final Opcode MOV = one("mov", 0x4ea01c00, "wD.16b rBOTH.16b");
    public static final Opcode LDR_Q = one("ldr", 0x3dc00000, "wD.q rP"), LDR_D = one("ldr", 0xfd400000, "wD.d rP");
    public static final Opcode LDR_S = one("ldr", 0xbd400000, "wD.s rP"), LDR_H = one("ldr", 0x7d400000, "wD.h rP");
    public static final Opcode LDR_B = one("ldr", 0x3d400000, "wD.b rP");
    public static final Opcode STR_Q = one("str", 0x3d800000, "rD.q wP"), STR_D = one("str", 0xfd000000, "rD.d wP");
    public static final Opcode STR_S = one("str", 0xbd000000, "rD.s wP"), STR_H = one("str", 0x7d000000, "rD.h wP");
    public static final Opcode STR_B = one("str", 0x3d000000, "rD.b wP");
    public static final Opcode MOVI = one("movi", 0x4f00e400, "wD.16b iBYTE");
    public static final Opcode TO_S = one("fmov", 0x1e270000, "wD.s rN.w"), TO_D = one("fmov", 0x9e670000, "wD.d rN.x");
    public static final Opcode FROM_S = one("fmov", 0x1e260000, "wD.w rN.s"), FROM_D = one("fmov", 0x9e660000, "wD.x rN.d");
    public static final List<Opcode> DUP_GENERAL = List.of(
            one("dup", 0x4e010c00, "wD.16b rN.w"), one("dup", 0x4e020c00, "wD.8h rN.w"), one("dup", 0x4e040c00, "wD.4s rN.w"),
            one("dup", 0x4e080c00, "wD.2d rN.x"));
    public static final List<Opcode> DUP = List.of(
            one("dup", 0x4e010400, "wD.16b rN.b[0]"), one("dup", 0x4e020400, "wD.8h rN.h[0]"), one("dup", 0x4e040400, "wD.4s rN.s[0]"),
            one("dup", 0x4e080400, "wD.2d rN.d[0]"));
    /// Bytes from the first source, then from the second.
    public static final Opcode EXT = one("ext", 0x6e000000, "wD.16b rN.16b rM.16b iBYTES");
    /// Even lanes of both sources, or odd ones: lower or upper halves of lanes twice as wide.
    public static final List<Opcode> UZP1 = three("uzp1", 0x4e001800, 4), UZP2 = three("uzp2", 0x4e005800, 4);
    /// Lanes of both sources by turns: of the lower halves, or the upper ones.
    public static final List<Opcode> ZIP1 = three("zip1", 0x4e003800, 4), ZIP2 = three("zip2", 0x4e007800, 4);
    public static final Opcode REV64 = one("rev64", 0x4ea00800, "wD.4s rN.4s");
    /// Bytes by number; of too large a number 0, or what was there.
    public static final Opcode TBL = one("tbl", 0x4e000000, "wD.16b rN.{16b} rM.16b"), TBX = one("tbx", 0x4e001000, "mD.16b rN.{16b} rM.16b");

    // Integer arithmetic

    public static final List<Opcode> ADD = three("add", 0x4e208400, 4), SUB = three("sub", 0x6e208400, 4), MUL = three("mul", 0x4e209c00, 3);
    public static final List<Opcode> SMAX = three("smax", 0x4e206400, 3), SMIN = three("smin", 0x4e206c00, 3);
    public static final List<Opcode> UMAX = three("umax", 0x6e206400, 3), UMIN = three("umin", 0x6e206c00, 3);
    public static final List<Opcode> ADDP = three("addp", 0x4e20bc00, 4);
    public static final List<Opcode> CMEQ = three("cmeq", 0x6e208c00, 4), CMTST = three("cmtst", 0x4e208c00, 4);
    public static final List<Opcode> CMGT = three("cmgt", 0x4e203400, 4), CMGE = three("cmge", 0x4e203c00, 4);
    public static final List<Opcode> CMHI = three("cmhi", 0x6e203400, 4), CMHS = three("cmhs", 0x6e203c00, 4);
    public static final List<Opcode> SSHL = three("sshl", 0x4e204400, 4), USHL = three("ushl", 0x6e204400, 4);
    public static final List<Opcode> NEG = two("neg", 0x6e20b800, 4), ABS = two("abs", 0x4e20b800, 4);
    public static final Opcode AND = one("and", 0x4e201c00, "wD.16b rN.16b rM.16b"), ORR = one("orr", 0x4ea01c00, "wD.16b rN.16b rM.16b");
    public static final Opcode EOR = one("eor", 0x6e201c00, "wD.16b rN.16b rM.16b"), MVN = one("mvn", 0x6e205800, "wD.16b rN.16b");
    /// Bits of the first source where the destination has one, else of the second.
    public static final Opcode BSL = one("bsl", 0x6e601c00, "mD.16b rN.16b rM.16b");
    public static final List<Opcode> SHL = shifts("shl", 0x4f005400, "LEFT"), SSHR = shifts("sshr", 0x4f000400, "RIGHT"),
            USHR = shifts("ushr", 0x6f000400, "RIGHT");

    // To lanes twice as wide, of the lower and the upper half; by the width before

    public static final List<Opcode> SXTL = widths("sxtl", 0x0f00a400, HALF), SXTL2 = widths("sxtl2", 0x4f00a400, LANES);
    public static final List<Opcode> UXTL = widths("uxtl", 0x2f00a400, HALF), UXTL2 = widths("uxtl2", 0x6f00a400, LANES);
    public static final List<Opcode> SMULL = products("smull", 0x0e20c000, HALF), SMULL2 = products("smull2", 0x4e20c000, LANES);
    public static final List<Opcode> UMULL = products("umull", 0x2e20c000, HALF), UMULL2 = products("umull2", 0x6e20c000, LANES);
    /// Sums of neighbours.
    public static final Opcode SADDLP = one("saddlp", 0x4e602800, "wD.4s rN.8h"), SADALP = one("sadalp", 0x4e606800, "mD.4s rN.8h");
    public static final Opcode UADDLP = one("uaddlp", 0x6ea02800, "wD.2d rN.4s");
    /// Fours of products of signed bytes, of unsigned ones, of unsigned by signed ones.
    public static final Opcode SDOT = one("sdot", 0x4e809400, "mD.4s rN.16b rM.16b", Feature.DOTPROD);
    public static final Opcode UDOT = one("udot", 0x6e809400, "mD.4s rN.16b rM.16b", Feature.DOTPROD);
    public static final Opcode USDOT = one("usdot", 0x4e809c00, "mD.4s rN.16b rM.16b", Feature.I8MM);

    /// Two rows of eight signed bytes by two columns, to four sums.
    public static final Opcode SMMLA = one("smmla", 0x4e80a400, "mD.4s rN.16b rM.16b", Feature.I8MM);

    // Floats

    public static final Opcode FADD = floats("fadd", 0x4e20d400), FSUB = floats("fsub", 0x4ea0d400), FMUL = floats("fmul", 0x6e20dc00);
    public static final Opcode FDIV = floats("fdiv", 0x6e20fc00), FMAX = floats("fmax", 0x4e20f400), FMIN = floats("fmin", 0x4ea0f400);
    public static final Opcode FCMEQ = floats("fcmeq", 0x4e20e400), FCMGE = floats("fcmge", 0x6e20e400), FCMGT = floats("fcmgt", 0x6ea0e400);
    public static final Opcode FMLA = one("fmla", 0x4e20cc00, "mD.4s rN.4s rM.4s");
    public static final Opcode FSQRT = float1("fsqrt", 0x6ea1f800), FABS = float1("fabs", 0x4ea0f800), FNEG = float1("fneg", 0x6ea0f800);
    /// To the nearest integer, ties to even.
    public static final Opcode FRINTN = float1("frintn", 0x4e218800);
    public static final Opcode SCVTF = float1("scvtf", 0x4e21d800), UCVTF = float1("ucvtf", 0x6e21d800), FCVTZS = float1("fcvtzs", 0x4ea1b800);
    public static final Opcode FCVTZS64 = one("fcvtzs", 0x4ee1b800, "wD.2d rN.2d");
    public static final Opcode FCVTL = one("fcvtl", 0x0e217800, "wD.4s rN.4h"), FCVTL2 = one("fcvtl2", 0x4e217800, "wD.4s rN.8h");
    public static final Opcode FCVTL64 = one("fcvtl", 0x0e617800, "wD.2d rN.2s"), FCVTL64_2 = one("fcvtl2", 0x4e617800, "wD.2d rN.4s");
    public static final Opcode FCVTN = one("fcvtn", 0x0e216800, "wD.4h rN.4s"), FCVTN2 = one("fcvtn2", 0x4e216800, "mD.8h rN.4s");
    public static final Opcode SCVTF_X = one("scvtf", 0x9e220000, "wD.s rN.x"), UCVTF_X = one("ucvtf", 0x9e230000, "wD.s rN.x");
    public static final Opcode FCVTZS_X = one("fcvtzs", 0x9e380000, "wD.x rN.s"), FCVTZS_W = one("fcvtzs", 0x1e380000, "wD.w rN.s");

    public static final List<Opcode> ALL = List.copyOf(EVERY);

    /// Place in a list of what works on lanes of so many bits.
    public static int at(int bits) {
        return Integer.numberOfTrailingZeros(bits) - 3;
    }

    private static Opcode one(String name, int code, String operands) {
        return one(name, code, operands, Feature.ASIMD);
    }

    private static Opcode one(String name, int code, String operands, Feature feature) {
        Opcode opcode = of(name, code, operands).with(feature);
        EVERY.add(opcode);
        return opcode;
    }

    private static Opcode floats(String name, int code) {
        return one(name, code, "wD.4s rN.4s rM.4s");
    }

    private static Opcode float1(String name, int code) {
        return one(name, code, "wD.4s rN.4s");
    }

    private static List<Opcode> three(String name, int code, int count) {
        return list(count, i -> one(name, code | i << 22, "wD.%1$s rN.%1$s rM.%1$s".formatted(LANES[i])));
    }

    private static List<Opcode> two(String name, int code, int count) {
        return list(count, i -> one(name, code | i << 22, "wD.%1$s rN.%1$s".formatted(LANES[i])));
    }

    private static List<Opcode> shifts(String name, int code, String field) {
        return list(LANES.length, i -> one(name, code, "wD.%1$s rN.%1$s i%2$s%3$s".formatted(LANES[i], field, Integer.toString(8 << i))));
    }

    private static List<Opcode> widths(String name, int code, String[] from) {
        return list(HALF.length, i -> one(name, code | 8 << i << 16, "wD.%s rN.%s".formatted(LANES[i + 1], from[i])));
    }

    private static List<Opcode> products(String name, int code, String[] from) {
        return list(HALF.length, i -> one(name, code | i << 22, "wD.%1$s rN.%2$s rM.%2$s".formatted(LANES[i + 1], from[i])));
    }

    private static List<Opcode> list(int count, IntFunction<Opcode> one) {
        return IntStream.range(0, count).mapToObj(one).toList();
    }
}
