package tern.codegen.machine.x86;

/// Where an instruction's operands go, in the order in which they are written: R the register field of ModRM, M its register or memory
/// operand, V the register of the VEX prefix, I an immediate.
public enum Form {
    /// No operand.
    NONE,
    R_M,
    /// M is a register in any case.
    R_R,
    M_R,
    M,
    M_I,
    /// M and an immediate of one byte.
    M_I8,
    R_M_I,
    R_M_I8,
    M_R_I8,
    R_V_M,
    R_V_M_I8,
    /// The fourth register is encoded in the upper half of a last byte.
    R_V_M_R,
    R_M_V,
    V_M_I8,
    /// Register in the opcode, immediate of eight bytes.
    O_I64;

    /// Position of M among the operands, -1 if there is none.
    public int memory() {
        return switch (this) {
            case NONE, O_I64 -> -1;
            case M_R, M, M_I, M_I8, M_R_I8 -> 0;
            case R_M, R_R, R_M_I, R_M_I8, R_M_V, V_M_I8 -> 1;
            case R_V_M, R_V_M_I8, R_V_M_R -> 2;
        };
    }

    /// Whether M may be memory. Shifts by a number take registers alone, before AVX-512.
    public boolean takesMemory() {
        return memory() >= 0 && this != V_M_I8 && this != R_R;
    }

    int register() {
        return switch (this) {
            case R_M, R_R, R_M_I, R_M_I8, R_M_V, R_V_M, R_V_M_I8, R_V_M_R -> 0;
            case M_R, M_R_I8 -> 1;
            case NONE, M, M_I, M_I8, V_M_I8, O_I64 -> -1;
        };
    }

    int third() {
        return switch (this) {
            case R_V_M, R_V_M_I8, R_V_M_R -> 1;
            case R_M_V -> 2;
            case V_M_I8 -> 0;
            case NONE, R_M, R_R, M_R, M, M_I, M_I8, R_M_I, R_M_I8, M_R_I8, O_I64 -> -1;
        };
    }

    int immediate() {
        return switch (this) {
            case M_I, M_I8, O_I64 -> 1;
            case R_M_I, R_M_I8, M_R_I8, V_M_I8 -> 2;
            case R_V_M_I8, R_V_M_R -> 3;
            case NONE, R_M, R_R, M_R, M, R_V_M, R_M_V -> -1;
        };
    }
}
