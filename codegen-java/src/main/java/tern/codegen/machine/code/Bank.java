package tern.codegen.machine.code;

/// A set of registers.
public enum Bank {
    /// 64-bit integers and addresses.
    GENERAL,
    /// Vectors of 128 to 512 bits.
    VECTOR,
    /// A bit for each lane.
    MASK,
    /// Tiles of a matrix unit.
    TILE
}
