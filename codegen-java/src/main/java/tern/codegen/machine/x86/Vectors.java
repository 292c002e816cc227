package tern.codegen.machine.x86;

import static tern.codegen.machine.x86.Form.*;
import static tern.codegen.machine.x86.Opcode.vector;
import static tern.ir.Element.*;

import java.util.List;
import java.util.stream.Stream;
import tern.codegen.machine.code.Feature;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Vector instructions: AVX2, FMA, F16C, AVX-VNNI, and how AVX-512 writes them.
public final class Vectors {

    private Vectors() {}

    private static final int P66 = 0x66, F3 = 0xf3;
    private static final String BINARY = "wv rv rv";

    // What moves

    public static final Opcode LOAD = vector("vmovdqu", F3, 1, 0x6f, R_M, "wv rv").evexName("vmovdqu32");
    public static final Opcode STORE = vector("vmovdqu", F3, 1, 0x7f, M_R, "wv rv").evexName("vmovdqu32");
    public static final Opcode MOVD = vector("vmovd", P66, 1, 0x6e, R_M, "wx rd");
    public static final Opcode MOVQ = vector("vmovq", P66, 1, 0x6e, R_M, "wx rq").wide64();
    /// From memory alone, as the store from a register.
    public static final Opcode LOADQ = vector("vmovq", F3, 1, 0x7e, R_M, "wx rx").evexCode(P66, 0x6e).evexWide().unit(8);
    public static final Opcode TO_D = vector("vmovd", P66, 1, 0x7e, M_R, "wd rx");
    public static final Opcode TO_Q = vector("vmovq", P66, 1, 0x7e, M_R, "wq rx").wide64();
    public static final Opcode STOREQ = vector("vmovq", P66, 1, 0xd6, M_R, "wx rx").evexCode(P66, 0x7e).evexWide().unit(8);
    public static final Opcode STORE_W = vector("vpextrw", P66, 3, 0x15, M_R_I8, "ww rx i");
    public static final Opcode ZERO_UPPER = vector("vzeroupper", 0, 1, 0x77, NONE, "").vexAlone();
    public static final Opcode EXTRACT128 = vector("vextracti128", P66, 3, 0x39, M_R_I8, "wx ry i").vexAlone();
    public static final Opcode INSERT128 = vector("vinserti128", P66, 3, 0x38, R_V_M_I8, "wy ry rx i").vexAlone();
    public static final Opcode PERM128 = vector("vperm2i128", P66, 3, 0x46, R_V_M_I8, "wy ry ry i").vexAlone();
    public static final Opcode PERMQ = vector("vpermq", P66, 3, 0x00, R_M_I8, "wy ry i").wide64().vexAlone();
    public static final Opcode PERMD = vector("vpermd", P66, 2, 0x36, R_V_M, "wy ry ry").vexAlone();
    public static final Opcode SHUFB = vector("vpshufb", P66, 2, 0x00, R_V_M, BINARY);
    public static final Opcode SHUFPS = vector("vshufps", 0, 1, 0xc6, R_V_M_I8, "wv rv rv i");
    public static final Opcode BLENDD = vector("vpblendd", P66, 3, 0x02, R_V_M_I8, "wv rv rv i").vexAlone();
    public static final Opcode BLENDV = vector("vpblendvb", P66, 3, 0x4c, R_V_M_R, "wv rv rv rv").vexAlone();
    public static final Opcode BROADCAST128 = vector("vbroadcasti128", P66, 2, 0x5a, R_M, "wv rx").evexName("vbroadcasti32x4");
    public static final Opcode BROADCAST_B = vector("vpbroadcastb", P66, 2, 0x78, R_M, "wv rx").unit(1);
    public static final Opcode BROADCAST_W = vector("vpbroadcastw", P66, 2, 0x79, R_M, "wv rx").unit(2);
    public static final Opcode BROADCAST_D = vector("vpbroadcastd", P66, 2, 0x58, R_M, "wv rx").unit(4);
    public static final Opcode BROADCAST_Q = vector("vpbroadcastq", P66, 2, 0x59, R_M, "wv rx").evexWide().unit(8);
    public static final Opcode BYTES_RIGHT = vector("vpsrldq", P66, 1, 0x73, V_M_I8, "wv rv i").digit(3);

    // Integer arithmetic

    public static final Opcode ADDB = vector("vpaddb", P66, 1, 0xfc, R_V_M, BINARY, both(Operation.ADD, I8));
    public static final Opcode ADDW = vector("vpaddw", P66, 1, 0xfd, R_V_M, BINARY, both(Operation.ADD, I16));
    public static final Opcode ADDD = vector("vpaddd", P66, 1, 0xfe, R_V_M, BINARY, both(Operation.ADD, I32));
    public static final Opcode ADDQ = vector("vpaddq", P66, 1, 0xd4, R_V_M, BINARY, both(Operation.ADD, I64)).evexWide();
    public static final Opcode SUBB = vector("vpsubb", P66, 1, 0xf8, R_V_M, BINARY, both(Operation.SUBTRACT, I8));
    public static final Opcode SUBW = vector("vpsubw", P66, 1, 0xf9, R_V_M, BINARY, both(Operation.SUBTRACT, I16));
    public static final Opcode SUBD = vector("vpsubd", P66, 1, 0xfa, R_V_M, BINARY, both(Operation.SUBTRACT, I32));
    public static final Opcode SUBQ = vector("vpsubq", P66, 1, 0xfb, R_V_M, BINARY, both(Operation.SUBTRACT, I64)).evexWide();
    public static final Opcode MULLW = vector("vpmullw", P66, 1, 0xd5, R_V_M, BINARY, both(Operation.MULTIPLY, I16));
    public static final Opcode MULLD = vector("vpmulld", P66, 2, 0x40, R_V_M, BINARY, both(Operation.MULTIPLY, I32));
    public static final Opcode MULHW = vector("vpmulhw", P66, 1, 0xe5, R_V_M, BINARY, binary(Operation.MULTIPLY_HIGH, I16));
    public static final Opcode MULHUW = vector("vpmulhuw", P66, 1, 0xe4, R_V_M, BINARY, binary(Operation.MULTIPLY_HIGH, U16));
    public static final Opcode MULDQ = vector("vpmuldq", P66, 2, 0x28, R_V_M, BINARY).evexWide();
    public static final Opcode MULUDQ = vector("vpmuludq", P66, 1, 0xf4, R_V_M, BINARY).evexWide();
    public static final Opcode MADDWD = vector("vpmaddwd", P66, 1, 0xf5, R_V_M, BINARY);
    public static final Opcode MADDUBSW = vector("vpmaddubsw", P66, 2, 0x04, R_V_M, BINARY);
    public static final Opcode DPBUSD = vector("vpdpbusd", P66, 2, 0x50, R_V_M, "mv rv rv").of(Feature.AVX_VNNI).vexAlone();
    public static final Opcode AND = vector("vpand", P66, 1, 0xdb, R_V_M, BINARY, all(Operation.AND)).evexName("vpandd");
    public static final Opcode ANDN = vector("vpandn", P66, 1, 0xdf, R_V_M, BINARY).evexName("vpandnd");
    public static final Opcode OR = vector("vpor", P66, 1, 0xeb, R_V_M, BINARY, all(Operation.OR)).evexName("vpord");
    public static final Opcode XOR = vector("vpxor", P66, 1, 0xef, R_V_M, BINARY, all(Operation.XOR)).evexName("vpxord");
    public static final Opcode MINSB = vector("vpminsb", P66, 2, 0x38, R_V_M, BINARY, binary(Operation.MIN, I8));
    public static final Opcode MINSW = vector("vpminsw", P66, 1, 0xea, R_V_M, BINARY, binary(Operation.MIN, I16));
    public static final Opcode MINSD = vector("vpminsd", P66, 2, 0x39, R_V_M, BINARY, binary(Operation.MIN, I32));
    public static final Opcode MINUB = vector("vpminub", P66, 1, 0xda, R_V_M, BINARY, binary(Operation.MIN, U8));
    public static final Opcode MINUW = vector("vpminuw", P66, 2, 0x3a, R_V_M, BINARY, binary(Operation.MIN, U16));
    public static final Opcode MINUD = vector("vpminud", P66, 2, 0x3b, R_V_M, BINARY, binary(Operation.MIN, U32));
    public static final Opcode MAXSB = vector("vpmaxsb", P66, 2, 0x3c, R_V_M, BINARY, binary(Operation.MAX, I8));
    public static final Opcode MAXSW = vector("vpmaxsw", P66, 1, 0xee, R_V_M, BINARY, binary(Operation.MAX, I16));
    public static final Opcode MAXSD = vector("vpmaxsd", P66, 2, 0x3d, R_V_M, BINARY, binary(Operation.MAX, I32));
    public static final Opcode MAXUB = vector("vpmaxub", P66, 1, 0xde, R_V_M, BINARY, binary(Operation.MAX, U8));
    public static final Opcode MAXUW = vector("vpmaxuw", P66, 2, 0x3e, R_V_M, BINARY, binary(Operation.MAX, U16));
    public static final Opcode MAXUD = vector("vpmaxud", P66, 2, 0x3f, R_V_M, BINARY, binary(Operation.MAX, U32));
    public static final Opcode ABSB = vector("vpabsb", P66, 2, 0x1c, R_M, "wv rv", unary(Expr.Unary.Operation.ABS, I8));
    public static final Opcode ABSW = vector("vpabsw", P66, 2, 0x1d, R_M, "wv rv", unary(Expr.Unary.Operation.ABS, I16));
    public static final Opcode ABSD = vector("vpabsd", P66, 2, 0x1e, R_M, "wv rv", unary(Expr.Unary.Operation.ABS, I32));

    // Comparisons: all bits of a lane, or none

    public static final Opcode CMPEQB = vector("vpcmpeqb", P66, 1, 0x74, R_V_M, BINARY, equal(I8)).vexAlone();
    public static final Opcode CMPEQW = vector("vpcmpeqw", P66, 1, 0x75, R_V_M, BINARY, equal(I16)).vexAlone();
    public static final Opcode CMPEQD = vector("vpcmpeqd", P66, 1, 0x76, R_V_M, BINARY, equal(I32)).vexAlone();
    public static final Opcode CMPEQQ = vector("vpcmpeqq", P66, 2, 0x29, R_V_M, BINARY, equal(I64)).vexAlone();
    public static final Opcode CMPGTB = vector("vpcmpgtb", P66, 1, 0x64, R_V_M, BINARY, compare(Relation.GT, I8)).vexAlone();
    public static final Opcode CMPGTW = vector("vpcmpgtw", P66, 1, 0x65, R_V_M, BINARY, compare(Relation.GT, I16)).vexAlone();
    public static final Opcode CMPGTD = vector("vpcmpgtd", P66, 1, 0x66, R_V_M, BINARY, compare(Relation.GT, I32)).vexAlone();
    public static final Opcode CMPGTQ = vector("vpcmpgtq", P66, 2, 0x37, R_V_M, BINARY, compare(Relation.GT, I64)).vexAlone();
    public static final Opcode CMPPS = vector("vcmpps", 0, 1, 0xc2, R_V_M_I8, "wv rv rv i").vexAlone();

    // Shifts of all lanes by a number, or by the low 64 bits of a register

    public static final Opcode SLLW = shift("vpsllw", 0xf1), SLLD = shift("vpslld", 0xf2), SLLQ = shift("vpsllq", 0xf3).evexWide();
    public static final Opcode SRLW = shift("vpsrlw", 0xd1), SRLD = shift("vpsrld", 0xd2), SRLQ = shift("vpsrlq", 0xd3).evexWide();
    public static final Opcode SRAW = shift("vpsraw", 0xe1), SRAD = shift("vpsrad", 0xe2);
    public static final Opcode SLLW_I = shift("vpsllw", 0x71, 6), SLLD_I = shift("vpslld", 0x72, 6), SLLQ_I = shift("vpsllq", 0x73, 6).evexWide();
    public static final Opcode SRLW_I = shift("vpsrlw", 0x71, 2), SRLD_I = shift("vpsrld", 0x72, 2), SRLQ_I = shift("vpsrlq", 0x73, 2).evexWide();
    public static final Opcode SRAW_I = shift("vpsraw", 0x71, 4), SRAD_I = shift("vpsrad", 0x72, 4);

    // Conversions

    public static final Opcode PACKSSWB = vector("vpacksswb", P66, 1, 0x63, R_V_M, BINARY);
    public static final Opcode PACKSSDW = vector("vpackssdw", P66, 1, 0x6b, R_V_M, BINARY);
    public static final Opcode PACKUSWB = vector("vpackuswb", P66, 1, 0x67, R_V_M, BINARY);
    public static final Opcode PACKUSDW = vector("vpackusdw", P66, 2, 0x2b, R_V_M, BINARY);
    public static final Opcode SXBW = extend("vpmovsxbw", 0x20, I8, I16), SXBD = extend("vpmovsxbd", 0x21, I8, I32);
    public static final Opcode SXBQ = extend("vpmovsxbq", 0x22, I8, I64), SXWD = extend("vpmovsxwd", 0x23, I16, I32);
    public static final Opcode SXWQ = extend("vpmovsxwq", 0x24, I16, I64), SXDQ = extend("vpmovsxdq", 0x25, I32, I64);
    public static final Opcode ZXBW = extend("vpmovzxbw", 0x30, U8, I16), ZXBD = extend("vpmovzxbd", 0x31, U8, I32);
    public static final Opcode ZXBQ = extend("vpmovzxbq", 0x32, U8, I64), ZXWD = extend("vpmovzxwd", 0x33, U16, I32);
    public static final Opcode ZXWQ = extend("vpmovzxwq", 0x34, U16, I64), ZXDQ = extend("vpmovzxdq", 0x35, U32, I64);
    public static final Opcode CVTDQ2PS = vector("vcvtdq2ps", 0, 1, 0x5b, R_M, "wv rv", new Expr.Convert(type(F32), a(I32)));
    public static final Opcode CVTTPS2DQ = vector("vcvttps2dq", F3, 1, 0x5b, R_M, "wv rv");
    public static final Opcode CVTPH2PS =
            vector("vcvtph2ps", P66, 2, 0x13, R_M, "wv rh", new Expr.Convert(type(F32), narrow(F16))).of(Feature.F16C);
    public static final Opcode CVTPS2PH = vector("vcvtps2ph", P66, 3, 0x1d, M_R_I8, "wh rv i").of(Feature.F16C);
    public static final Opcode CVTSI2SS = vector("vcvtsi2ss", F3, 1, 0x2a, R_V_M, "wx rx rq").wide64();
    public static final Opcode CVTTSS2SI = vector("vcvttss2si", F3, 1, 0x2c, R_M, "wq rx").wide64().unit(4);

    // Floats

    /// Leaves flags as a comparison of unsigned numbers does.
    public static final Opcode UCOMISS = vector("vucomiss", 0, 1, 0x2e, R_M, "rx rx").unit(4);
    public static final Opcode ADDPS = vector("vaddps", 0, 1, 0x58, R_V_M, BINARY, binary(Operation.ADD, F32));
    public static final Opcode MULPS = vector("vmulps", 0, 1, 0x59, R_V_M, BINARY, binary(Operation.MULTIPLY, F32));
    public static final Opcode SUBPS = vector("vsubps", 0, 1, 0x5c, R_V_M, BINARY, binary(Operation.SUBTRACT, F32));
    public static final Opcode DIVPS = vector("vdivps", 0, 1, 0x5e, R_V_M, BINARY, binary(Operation.DIVIDE, F32));
    /// `a < b ? a : b`, so not [Operation#MIN]; the next one likewise.
    public static final Opcode MINPS = vector("vminps", 0, 1, 0x5d, R_V_M, BINARY);
    public static final Opcode MAXPS = vector("vmaxps", 0, 1, 0x5f, R_V_M, BINARY);
    public static final Opcode SQRTPS = vector("vsqrtps", 0, 1, 0x51, R_M, "wv rv", unary(Expr.Unary.Operation.SQRT, F32));
    public static final Opcode ROUNDPS = vector("vroundps", P66, 3, 0x08, R_M_I8, "wv rv i").evexName("vrndscaleps");
    /// `a * b` is added to the first operand.
    public static final Opcode FMADD = vector("vfmadd231ps", P66, 2, 0xb8, R_V_M, "mv rv rv").of(Feature.FMA);
    /// The last operand is added to the product of the others.
    public static final Opcode FMADD_LAST = vector("vfmadd213ps", P66, 2, 0xa8, R_V_M, "mv rv rv").of(Feature.FMA);

    /// All of them.
    public static final List<Opcode> ALL = List.of(
            LOAD, STORE, MOVD, MOVQ, LOADQ, TO_D, TO_Q, STOREQ, STORE_W, ZERO_UPPER, EXTRACT128, INSERT128, PERM128, PERMQ, PERMD, SHUFB,
            SHUFPS, BLENDD, BLENDV, BROADCAST128, BROADCAST_B, BROADCAST_W, BROADCAST_D, BROADCAST_Q, BYTES_RIGHT, ADDB, ADDW, ADDD, ADDQ,
            SUBB, SUBW, SUBD, SUBQ, MULLW, MULLD, MULHW, MULHUW, MULDQ, MULUDQ, MADDWD, MADDUBSW, DPBUSD, AND, ANDN, OR, XOR, MINSB, MINSW,
            MINSD, MINUB, MINUW, MINUD, MAXSB, MAXSW, MAXSD, MAXUB, MAXUW, MAXUD, ABSB, ABSW, ABSD, CMPEQB, CMPEQW, CMPEQD, CMPEQQ, CMPGTB,
            CMPGTW, CMPGTD, CMPGTQ, CMPPS, SLLW, SLLD, SLLQ, SRLW, SRLD, SRLQ, SRAW, SRAD, SLLW_I, SLLD_I, SLLQ_I, SRLW_I, SRLD_I, SRLQ_I,
            SRAW_I, SRAD_I, PACKSSWB, PACKSSDW, PACKUSWB, PACKUSDW, SXBW, SXBD, SXBQ, SXWD, SXWQ, SXDQ, ZXBW, ZXBD, ZXBQ, ZXWD, ZXWQ, ZXDQ,
            CVTDQ2PS, CVTTPS2DQ, CVTPH2PS, CVTPS2PH, CVTSI2SS, CVTTSS2SI, UCOMISS, ADDPS, MULPS, SUBPS, DIVPS, MINPS, MAXPS, SQRTPS, ROUNDPS, FMADD,
            FMADD_LAST);

    private static Type type(Element element) {
        return new Type(element, 256 / element.bits());
    }

    private static Expr a(Element element) {
        return Expr.ref(Var.value("a", type(element)));
    }

    private static Expr b(Element element) {
        return Expr.ref(Var.value("b", type(element)));
    }

    /// Half a register of 16 bits a lane, or as much of others as fills one of 32 bits a lane.
    private static Expr narrow(Element element) {
        return Expr.ref(Var.value("a", new Type(element, 8)));
    }

    static Expr binary(Operation op, Element element) {
        return new Expr.Binary(op, a(element), b(element));
    }

    static Expr[] both(Operation op, Element signed) {
        return new Expr[] {binary(op, signed), binary(op, unsigned(signed))};
    }

    private static Expr[] all(Operation op) {
        return Stream.of(I8, U8, I16, U16, I32, U32, I64, U64).map(element -> binary(op, element)).toArray(Expr[]::new);
    }

    static Expr unary(Expr.Unary.Operation op, Element element) {
        return new Expr.Unary(op, a(element));
    }

    private static Expr compare(Relation relation, Element element) {
        return new Expr.Compare(relation, a(element), b(element));
    }

    private static Expr[] equal(Element signed) {
        return new Expr[] {compare(Relation.EQ, signed), compare(Relation.EQ, unsigned(signed))};
    }

    private static Element unsigned(Element signed) {
        return Element.of("u" + signed.bits());
    }

    private static Opcode shift(String name, int code) {
        return vector(name, P66, 1, code, R_V_M, "wv rv rx");
    }

    private static Opcode shift(String name, int code, int digit) {
        return vector(name, P66, 1, code, V_M_I8, "wv rv i").digit(digit);
    }

    /// Lanes of the wider type fill the register.
    private static Opcode extend(String name, int code, Element from, Element to) {
        Expr a = Expr.ref(Var.value("a", new Type(from, 256 / to.bits())));
        Expr[] meanings = {new Expr.Convert(type(to), a), new Expr.Convert(type(unsigned(to)), a)};
        String size = to.bits() == 2 * from.bits() ? "h" : to.bits() == 4 * from.bits() ? "f" : "o";
        return vector(name, P66, 2, code, R_M, "wv r" + size, meanings);
    }
}
