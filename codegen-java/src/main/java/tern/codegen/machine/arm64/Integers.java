package tern.codegen.machine.arm64;

import static tern.codegen.machine.arm64.Opcode.of;

import java.util.List;

/// Integer instructions. Register 31 is zero in those that name it.
public final class Integers {

    private Integers() {}

    public static final Opcode MOV = of("mov", 0xaa0003e0, "wD.x rM.x");
    public static final Opcode MOVZ = of("movz", 0xd2800000, "wD.x iHALF iUP");
    public static final Opcode MOVN = of("movn", 0x92800000, "wD.x iHALF iUP");
    public static final Opcode MOVK = of("movk", 0xf2800000, "mD.x iHALF iUP");
    public static final Opcode ADD = of("add", 0x8b000000, "wD.x rN.x rM.x");
    public static final Opcode ADD_SHIFTED = of("add", 0x8b000000, "wD.x rN.x rM.x iLSL");
    public static final Opcode SUB = of("sub", 0xcb000000, "wD.x rN.x rM.x");
    public static final Opcode AND = of("and", 0x8a000000, "wD.x rN.x rM.x");
    public static final Opcode ORR = of("orr", 0xaa000000, "wD.x rN.x rM.x");
    public static final Opcode EOR = of("eor", 0xca000000, "wD.x rN.x rM.x");
    public static final Opcode MUL = of("mul", 0x9b007c00, "wD.x rN.x rM.x");
    public static final Opcode SMULH = of("smulh", 0x9b407c00, "wD.x rN.x rM.x");
    public static final Opcode UMULH = of("umulh", 0x9bc07c00, "wD.x rN.x rM.x");
    public static final Opcode SDIV = of("sdiv", 0x9ac00c00, "wD.x rN.x rM.x");
    public static final Opcode UDIV = of("udiv", 0x9ac00800, "wD.x rN.x rM.x");
    /// `a - n * m`
    public static final Opcode MSUB = of("msub", 0x9b008000, "wD.x rN.x rM.x rA.x");
    public static final Opcode ADD_I = of("add", 0x91000000, "wD.x rN.x iADD");
    public static final Opcode SUB_I = of("sub", 0xd1000000, "wD.x rN.x iADD");
    public static final Opcode CMP = of("cmp", 0xeb00001f, "rN.x rM.x");
    public static final Opcode CMP_I = of("cmp", 0xf100001f, "rN.x iADD");
    public static final Opcode CMN_I = of("cmn", 0xb100001f, "rN.x iADD");
    public static final Opcode NEG = of("neg", 0xcb0003e0, "wD.x rM.x");
    public static final Opcode MVN = of("mvn", 0xaa2003e0, "wD.x rM.x");
    public static final Opcode LSLV = of("lsl", 0x9ac02000, "wD.x rN.x rM.x");
    public static final Opcode LSRV = of("lsr", 0x9ac02400, "wD.x rN.x rM.x");
    public static final Opcode ASRV = of("asr", 0x9ac02800, "wD.x rN.x rM.x");
    public static final Opcode LSL_I = of("lsl", 0xd3400000, "wD.x rN.x iLEFT");
    public static final Opcode LSR_I = of("lsr", 0xd3400000, "wD.x rN.x iRIGHT");
    public static final Opcode ASR_I = of("asr", 0x93400000, "wD.x rN.x iRIGHT");
    public static final Opcode SXTB = of("sxtb", 0x93401c00, "wD.x rN.w");
    public static final Opcode SXTH = of("sxth", 0x93403c00, "wD.x rN.w");
    public static final Opcode SXTW = of("sxtw", 0x93407c00, "wD.x rN.w");
    public static final Opcode UXTB = of("uxtb", 0x53001c00, "wD.w rN.w");
    public static final Opcode UXTH = of("uxth", 0x53003c00, "wD.w rN.w");
    /// Clears the upper half.
    public static final Opcode MOV32 = of("mov", 0x2a0003e0, "wD.w rM.w");
    public static final Opcode CSEL = of("csel", 0x9a800000, "wD.x rN.x rM.x iIF");
    public static final Opcode CSET = of("cset", 0x9a9f07e0, "wD.x iIF_NOT");

    /// The address of a constant.
    public static final Opcode ADR = of("adr", 0x10000000, "wD.x rC");
    public static final Opcode LDR = of("ldr", 0xf9400000, "wD.x rP");
    public static final Opcode LDR32 = of("ldr", 0xb9400000, "wD.w rP");
    public static final Opcode LDRH = of("ldrh", 0x79400000, "wD.w rP");
    public static final Opcode LDRB = of("ldrb", 0x39400000, "wD.w rP");
    public static final Opcode LDRSW = of("ldrsw", 0xb9800000, "wD.x rP");
    public static final Opcode LDRSH = of("ldrsh", 0x79800000, "wD.x rP");
    public static final Opcode LDRSB = of("ldrsb", 0x39800000, "wD.x rP");
    public static final Opcode STR = of("str", 0xf9000000, "rD.x wP");
    public static final Opcode STR32 = of("str", 0xb9000000, "rD.w wP");
    public static final Opcode STRH = of("strh", 0x79000000, "rD.w wP");
    public static final Opcode STRB = of("strb", 0x39000000, "rD.w wP");
    public static final Opcode PREFETCH = of("prfm pldl1keep", 0xf9800000, "rP");

    // Between threads

    public static final Opcode LDAR = of("ldar", 0xc8dffc00, "wD.x rN.[x]");
    public static final Opcode STLR = of("stlr", 0xc89ffc00, "rD.x rN.[x]");
    public static final Opcode LDAXR = of("ldaxr", 0xc85ffc00, "wD.x rN.[x]");
    /// The first register becomes 0 if nobody has stored there since.
    public static final Opcode STLXR = of("stlxr", 0xc800fc00, "wM.w rD.x rN.[x]");
    public static final Opcode YIELD = of("yield", 0xd503203f, "");
    /// Ticks of a clock that all cores share.
    public static final Opcode READ_COUNTER = of("mrs", 0xd53be040, "wD.x");

    public static final Opcode BLR = of("blr", 0xd63f0000, "rN.x");
    public static final Opcode RET = of("ret", 0xd65f03c0, "");

    public static final List<Opcode> ALL = List.of(
            MOV, MOVZ, MOVN, MOVK, ADD, ADD_SHIFTED, SUB, AND, ORR, EOR, MUL, SMULH, UMULH, SDIV, UDIV, MSUB, ADD_I, SUB_I, CMP, CMP_I, CMN_I,
            NEG, MVN, LSLV, LSRV, ASRV, LSL_I, LSR_I, ASR_I, SXTB, SXTH, SXTW, UXTB, UXTH, MOV32, CSEL, CSET, ADR, LDR, LDR32, LDRH, LDRB, LDRSW,
            LDRSH, LDRSB, STR, STR32, STRH, STRB, PREFETCH, LDAR,
            STLR, LDAXR, STLXR, YIELD, READ_COUNTER, BLR, RET);
}
