package tern.codegen.machine.arm64;

/// Where an operand goes: a register's number, a place in memory, or an immediate.
enum Field {
    /// Registers: destination, first and second source, addend.
    D(0),
    N(5),
    M(16),
    A(10),
    /// First and second source at once.
    BOTH(5),
    /// A place in memory.
    P(0),
    /// A constant.
    C(0),
    /// 12 bits without a sign.
    ADD(10),
    /// 16 bits of a number, and by how many bits they are shifted.
    HALF(5),
    UP(21),
    /// Counts of shifts of 64 bits, to the left and to the right.
    LEFT(0),
    RIGHT(16),
    /// A register's shift to the left.
    LSL(10),
    /// Counts of shifts of lanes: the width of a lane plus the count, or twice the width less the count.
    LEFT8(8),
    LEFT16(16),
    LEFT32(32),
    LEFT64(64),
    RIGHT8(8),
    RIGHT16(16),
    RIGHT32(32),
    RIGHT64(64),
    /// Bytes between two registers.
    BYTES(11),
    /// A byte for every lane.
    BYTE(0),
    /// A condition by its number, and the opposite one.
    IF(12),
    IF_NOT(12);

    /// A register's or immediate's lowest bit; of shifts of lanes the lane's width.
    final int number;

    Field(int number) {
        this.number = number;
    }

    /// The bits of a register.
    int register(int of) {
        return this == BOTH ? of << N.number | of << M.number : of << number;
    }

    /// The bits of an immediate.
    int bits(long value) {
        int v = (int) value;
        return switch (this) {
            case D, N, M, A, BOTH, ADD, HALF, LSL, BYTES, IF -> v << number;
            case UP -> v / 16 << number;
            case LEFT -> (-v & 63) << 16 | 63 - v << 10;
            case RIGHT -> v << 16 | 63 << 10;
            case LEFT8, LEFT16, LEFT32, LEFT64 -> number + v << 16;
            case RIGHT8, RIGHT16, RIGHT32, RIGHT64 -> 2 * number - v << 16;
            case BYTE -> (v >> 5 & 7) << 16 | (v & 31) << 5;
            case IF_NOT -> (v ^ 1) << number;
            case P, C -> throw new IllegalArgumentException("a place is no number");
        };
    }
}
