package tern.codegen.machine.x86;

import static tern.codegen.machine.x86.Form.*;
import static tern.codegen.machine.x86.Opcode.integer;

import java.util.List;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Feature;

/// Integer instructions. Numbers are kept extended to 64 bits, so few of 32 bits are needed.
public final class Integers {

    private Integers() {}

    public static final Opcode MOV = integer("mov", 0, 0, true, 0x8b, -1, R_M, "wq rq");
    public static final Opcode MOV_I = integer("mov", 0, 0, true, 0xc7, 0, M_I, "wq i");
    public static final Opcode MOV_I64 = integer("movabs", 0, 0, true, 0xb8, -1, O_I64, "wq i");
    /// Clears the upper half.
    public static final Opcode MOV32 = integer("mov", 0, 0, false, 0x8b, -1, R_M, "wd rd");
    public static final Opcode STORE8 = integer("mov", 0, 0, false, 0x88, -1, M_R, "wb rb");
    public static final Opcode STORE16 = integer("mov", 0x66, 0, false, 0x89, -1, M_R, "ww rw");
    public static final Opcode STORE32 = integer("mov", 0, 0, false, 0x89, -1, M_R, "wd rd");
    public static final Opcode STORE64 = integer("mov", 0, 0, true, 0x89, -1, M_R, "wq rq");
    public static final Opcode MOVSX8 = integer("movsx", 0, 1, true, 0xbe, -1, R_M, "wq rb");
    public static final Opcode MOVSX16 = integer("movsx", 0, 1, true, 0xbf, -1, R_M, "wq rw");
    public static final Opcode MOVSX32 = integer("movsxd", 0, 0, true, 0x63, -1, R_M, "wq rd");
    public static final Opcode MOVZX8 = integer("movzx", 0, 1, false, 0xb6, -1, R_M, "wd rb");
    public static final Opcode MOVZX16 = integer("movzx", 0, 1, false, 0xb7, -1, R_M, "wd rw");
    public static final Opcode LEA = integer("lea", 0, 0, true, 0x8d, -1, R_M, "wq rq");

    public static final Opcode ADD = integer("add", 0, 0, true, 0x03, -1, R_M, "mq rq");
    public static final Opcode SUB = integer("sub", 0, 0, true, 0x2b, -1, R_M, "mq rq");
    public static final Opcode AND = integer("and", 0, 0, true, 0x23, -1, R_M, "mq rq");
    public static final Opcode OR = integer("or", 0, 0, true, 0x0b, -1, R_M, "mq rq");
    public static final Opcode XOR = integer("xor", 0, 0, true, 0x33, -1, R_M, "mq rq");
    public static final Opcode CMP = integer("cmp", 0, 0, true, 0x3b, -1, R_M, "rq rq");
    public static final Opcode TEST = integer("test", 0, 0, true, 0x85, -1, M_R, "rq rq");
    public static final Opcode ADD_I = integer("add", 0, 0, true, 0x81, 0, M_I, "mq i");
    public static final Opcode AND_I = integer("and", 0, 0, true, 0x81, 4, M_I, "mq i");
    public static final Opcode SUB_I = integer("sub", 0, 0, true, 0x81, 5, M_I, "mq i");
    public static final Opcode XOR_I = integer("xor", 0, 0, true, 0x81, 6, M_I, "mq i");
    public static final Opcode CMP_I = integer("cmp", 0, 0, true, 0x81, 7, M_I, "rq i");
    public static final Opcode IMUL = integer("imul", 0, 1, true, 0xaf, -1, R_M, "mq rq");
    public static final Opcode IMUL_I = integer("imul", 0, 0, true, 0x69, -1, R_M_I, "wq rq i");
    public static final Opcode NOT = integer("not", 0, 0, true, 0xf7, 2, M, "mq");
    public static final Opcode NEG = integer("neg", 0, 0, true, 0xf7, 3, M, "mq");
    public static final Opcode SHL_I = integer("shl", 0, 0, true, 0xc1, 4, M_I8, "mq i");
    public static final Opcode SHR_I = integer("shr", 0, 0, true, 0xc1, 5, M_I8, "mq i");
    public static final Opcode SAR_I = integer("sar", 0, 0, true, 0xc1, 7, M_I8, "mq i");
    /// The low bits, as many as the last operand says.
    public static final Opcode BZHI = bmi2("bzhi", 0, 0xf5);
    public static final Opcode SHLX = shift("shlx", 0x66);
    public static final Opcode SHRX = shift("shrx", 0xf2);
    public static final Opcode SARX = shift("sarx", 0xf3);
    public static final Opcode PREFETCHT0 = integer("prefetcht0", 0, 1, false, 0x18, 1, M, "rb");

    /// Of rdx:rax, which are further operands after the one that is encoded.
    public static final Opcode MUL = integer("mul", 0, 0, true, 0xf7, 4, M, "rq mq wq");
    public static final Opcode IMUL_WIDE = integer("imul", 0, 0, true, 0xf7, 5, M, "rq mq wq");
    public static final Opcode DIV = integer("div", 0, 0, true, 0xf7, 6, M, "rq mq mq");
    public static final Opcode IDIV = integer("idiv", 0, 0, true, 0xf7, 7, M, "rq mq mq");
    /// The sign of rax in all of rdx; both are operands.
    public static final Opcode CQO = integer("cqo", 0, 0, true, 0x99, -1, NONE, "rq wq");

    // Between threads

    /// Adds to memory and gives what was there, in one go.
    public static final Opcode LOCK_XADD = integer("lock xadd", 0xf0, 1, true, 0xc1, -1, M_R, "mq mq");
    /// Stores if memory holds what rax does, in one go; else rax gets what it holds.
    public static final Opcode LOCK_CMPXCHG = integer("lock cmpxchg", 0xf0, 1, true, 0xb1, -1, M_R, "mq rq mq");
    /// With memory it is done in one go, and everything before is seen before it.
    public static final Opcode XCHG = integer("xchg", 0, 0, true, 0x87, -1, M_R, "mq mq");
    public static final Opcode PAUSE = integer("pause", 0xf3, 0, false, 0x90, -1, NONE, "");
    /// Time in edx:eax, which are operands.
    public static final Opcode RDTSC = integer("rdtsc", 0, 1, false, 0x31, -1, NONE, "wq wq");

    public static final Opcode CALL = integer("call", 0, 0, false, 0xff, 2, M, "rq");
    public static final Opcode ENDBR64 = integer("endbr64", 0xf3, 1, false, 0x1e, 7, NONE, "");
    public static final Opcode RET = integer("ret", 0, 0, false, 0xc3, -1, NONE, "");

    /// All of them that have bytes of their own.
    public static final List<Opcode> ALL = List.of(
            MOV, MOV_I, MOV_I64, MOV32, STORE8, STORE16, STORE32, STORE64, MOVSX8, MOVSX16, MOVSX32, MOVZX8, MOVZX16, LEA, ADD, SUB, AND,
            OR, XOR, CMP, TEST, ADD_I, AND_I, SUB_I, XOR_I, CMP_I, IMUL, IMUL_I, NOT, NEG, SHL_I, SHR_I, SAR_I, BZHI, SHLX, SHRX, SARX,
            PREFETCHT0, MUL, IMUL_WIDE, DIV, IDIV, CQO, LOCK_XADD, LOCK_CMPXCHG, XCHG, PAUSE, RDTSC, CALL, ENDBR64, RET, Conditions.move(Condition.LESS),
            Conditions.set(Condition.ABOVE));

    private static Opcode shift(String name, int prefix) {
        return bmi2(name, prefix, 0xf7);
    }

    private static Opcode bmi2(String name, int prefix, int code) {
        return new Opcode(name, true, prefix, 2, true, code, -1, R_M_V, List.of("wq", "rq", "rq"), null, Feature.BMI2, List.of());
    }
}
