package tern.codegen.machine.x86;

import static tern.codegen.machine.x86.Form.*;
import static tern.codegen.machine.x86.Opcode.avx512;
import static tern.codegen.machine.x86.Vectors.binary;
import static tern.codegen.machine.x86.Vectors.both;
import static tern.codegen.machine.x86.Vectors.unary;
import static tern.ir.Element.*;

import java.util.List;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;

/// Vector instructions that AVX2 does not have at all: AVX-512 (F, BW, DQ, VL), VNNI, VBMI.
public final class Avx512 {

    private Avx512() {}

    private static final int P66 = 0x66, F3 = 0xf3, F2 = 0xf2;
    private static final String BINARY = "wv rv rv", COMPARE = "wk rv rv i";

    /// The one mask that is used: the instruction after the one that writes it reads it.
    public static final Register MASK = new Register(Bank.MASK, -1000, 1);

    // Masks

    public static final Opcode CMPB = avx512("vpcmpb", P66, 3, false, 0x3f, R_V_M_I8, COMPARE);
    public static final Opcode CMPUB = avx512("vpcmpub", P66, 3, false, 0x3e, R_V_M_I8, COMPARE);
    public static final Opcode CMPW = avx512("vpcmpw", P66, 3, true, 0x3f, R_V_M_I8, COMPARE);
    public static final Opcode CMPUW = avx512("vpcmpuw", P66, 3, true, 0x3e, R_V_M_I8, COMPARE);
    public static final Opcode CMPD = avx512("vpcmpd", P66, 3, false, 0x1f, R_V_M_I8, COMPARE);
    public static final Opcode CMPUD = avx512("vpcmpud", P66, 3, false, 0x1e, R_V_M_I8, COMPARE);
    public static final Opcode CMPQ = avx512("vpcmpq", P66, 3, true, 0x1f, R_V_M_I8, COMPARE);
    public static final Opcode CMPUQ = avx512("vpcmpuq", P66, 3, true, 0x1e, R_V_M_I8, COMPARE);
    public static final Opcode CMPPS = avx512("vcmpps", 0, 1, false, 0xc2, R_V_M_I8, COMPARE);
    /// Whether operands have set bits in common.
    public static final Opcode TESTB = avx512("vptestmb", P66, 2, false, 0x26, R_V_M, "wk rv rv");
    public static final Opcode TESTW = avx512("vptestmw", P66, 2, true, 0x26, R_V_M, "wk rv rv");
    public static final Opcode TESTD = avx512("vptestmd", P66, 2, false, 0x27, R_V_M, "wk rv rv");
    public static final Opcode TESTQ = avx512("vptestmq", P66, 2, true, 0x27, R_V_M, "wk rv rv");
    /// All bits of a lane, or none.
    public static final Opcode LANES_B = avx512("vpmovm2b", F3, 2, false, 0x28, R_R, "wv rk");
    public static final Opcode LANES_W = avx512("vpmovm2w", F3, 2, true, 0x28, R_R, "wv rk");
    public static final Opcode LANES_D = avx512("vpmovm2d", F3, 2, false, 0x38, R_R, "wv rk");
    public static final Opcode LANES_Q = avx512("vpmovm2q", F3, 2, true, 0x38, R_R, "wv rk");
    /// The highest bits of bytes.
    public static final Opcode SIGNS_B = avx512("vpmovb2m", F3, 2, false, 0x29, R_R, "wk rv");
    public static final Opcode TO_MASK = avx512("kmovq", F2, 1, true, 0x92, R_R, "wk rq").vexAlone();
    public static final Opcode BLENDB = avx512("vpblendmb", P66, 2, false, 0x66, R_V_M, BINARY).masked(false);
    public static final Opcode BLENDW = avx512("vpblendmw", P66, 2, true, 0x66, R_V_M, BINARY).masked(false);
    public static final Opcode BLENDD = avx512("vpblendmd", P66, 2, false, 0x64, R_V_M, BINARY).masked(false);
    public static final Opcode BLENDQ = avx512("vpblendmq", P66, 2, true, 0x64, R_V_M, BINARY).masked(false);
    /// The bytes of the mask alone are touched; the others are 0.
    public static final Opcode LOAD_BYTES = avx512("vmovdqu8", F2, 1, false, 0x6f, R_M, "wv rv").masked(true);
    public static final Opcode STORE_BYTES = avx512("vmovdqu8", F2, 1, false, 0x7f, M_R, "wv rv").masked(false);
    /// Any function of three bits: bit `4 a + 2 b + c` of the number.
    public static final Opcode TERNARY = avx512("vpternlogd", P66, 3, false, 0x25, R_V_M_I8, "mv rv rv i");

    // Lanes by number

    public static final Opcode PERMB = avx512("vpermb", P66, 2, false, 0x8d, R_V_M, BINARY).of(Feature.AVX512_VBMI);
    public static final Opcode PERMW = avx512("vpermw", P66, 2, true, 0x8d, R_V_M, BINARY);
    public static final Opcode PERMD = avx512("vpermd", P66, 2, false, 0x36, R_V_M, "wz rz rz");
    public static final Opcode PERMQ = avx512("vpermq", P66, 2, true, 0x36, R_V_M, "wz rz rz");
    /// Of two registers; the numbers come in the first operand.
    public static final Opcode PERM2B = avx512("vpermi2b", P66, 2, false, 0x75, R_V_M, "mv rv rv").of(Feature.AVX512_VBMI);
    public static final Opcode PERM2W = avx512("vpermi2w", P66, 2, true, 0x75, R_V_M, "mv rv rv");
    public static final Opcode PERM2D = avx512("vpermi2d", P66, 2, false, 0x76, R_V_M, "mv rv rv");
    public static final Opcode PERM2Q = avx512("vpermi2q", P66, 2, true, 0x76, R_V_M, "mv rv rv");
    public static final Opcode QUARTERS = avx512("vshufi32x4", P66, 3, false, 0x43, R_V_M_I8, "wz rz rz i");
    public static final Opcode EXTRACT_QUARTER = avx512("vextracti32x4", P66, 3, false, 0x39, M_R_I8, "wx rz i");
    public static final Opcode EXTRACT_HALF = avx512("vextracti64x4", P66, 3, true, 0x3b, M_R_I8, "wy rz i");
    public static final Opcode INSERT_HALF = avx512("vinserti64x4", P66, 3, true, 0x3a, R_V_M_I8, "wz rz ry i");

    // Low bits of lanes

    public static final Opcode CUT_WB = avx512("vpmovwb", F3, 2, false, 0x30, M_R, "wh rv");
    public static final Opcode CUT_DW = avx512("vpmovdw", F3, 2, false, 0x33, M_R, "wh rv");
    public static final Opcode CUT_QD = avx512("vpmovqd", F3, 2, false, 0x35, M_R, "wh rv");

    // Arithmetic

    public static final Opcode DPBUSD = avx512("vpdpbusd", P66, 2, false, 0x50, R_V_M, "mv rv rv").of(Feature.AVX512_VNNI);
    public static final Opcode MULLQ = avx512("vpmullq", P66, 2, true, 0x40, R_V_M, BINARY, both(Operation.MULTIPLY, I64));
    public static final Opcode MINSQ = avx512("vpminsq", P66, 2, true, 0x39, R_V_M, BINARY, binary(Operation.MIN, I64));
    public static final Opcode MINUQ = avx512("vpminuq", P66, 2, true, 0x3b, R_V_M, BINARY, binary(Operation.MIN, U64));
    public static final Opcode MAXSQ = avx512("vpmaxsq", P66, 2, true, 0x3d, R_V_M, BINARY, binary(Operation.MAX, I64));
    public static final Opcode MAXUQ = avx512("vpmaxuq", P66, 2, true, 0x3f, R_V_M, BINARY, binary(Operation.MAX, U64));
    public static final Opcode ABSQ = avx512("vpabsq", P66, 2, true, 0x1f, R_M, "wv rv", unary(Expr.Unary.Operation.ABS, I64));

    /// All of them.
    public static final List<Opcode> ALL = List.of(CMPB, CMPUB, CMPW, CMPUW, CMPD, CMPUD, CMPQ, CMPUQ, CMPPS, TESTB, TESTW, TESTD, TESTQ, LANES_B,
            LANES_W, LANES_D, LANES_Q, SIGNS_B, TO_MASK, BLENDB, BLENDW, BLENDD, BLENDQ, LOAD_BYTES, STORE_BYTES, TERNARY, PERMB, PERMW, PERMD, PERMQ,
            PERM2B, PERM2W, PERM2D, PERM2Q, QUARTERS, EXTRACT_QUARTER, EXTRACT_HALF, INSERT_HALF, CUT_WB, CUT_DW, CUT_QD, DPBUSD, MULLQ, MINSQ, MINUQ,
            MAXSQ, MAXUQ, ABSQ);
}
