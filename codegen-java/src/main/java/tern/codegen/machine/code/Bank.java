package tern.codegen.machine.code;

/// A set of sixteen registers.
public enum Bank {
    /// 64-bit integers and addresses.
    GENERAL,
    /// Vectors of 128 or 256 bits.
    VECTOR
}
