package tern.codegen.cuda.simulate;

import java.util.List;

/// What an instruction is given, names resolved as far as the parser can.
sealed interface Operand {

    /// @param slot where its lanes are kept
    /// @param bits 1 for a predicate
    record Register(String name, int slot, int bits) implements Operand {}

    /// `%tid.x`.
    record Special(String name) implements Operand {}

    /// A label, or a variable that a decoder looks up.
    record Name(String name) implements Operand {}

    record Whole(long value) implements Operand {}

    /// `0f3F800000`.
    record Single(int bits) implements Operand {}

    /// `0d...` or `1.5`.
    record Real(double value) implements Operand {}

    /// `{a, b}`.
    record Vector(List<Operand> parts) implements Operand {}

    /// `[base + offset]`.
    record Address(Operand base, long offset) implements Operand {}

    /// `!p`.
    record Not(Register register) implements Operand {}

    /// `p|q`.
    record Pair(Operand first, Operand second) implements Operand {}

    /// `_`.
    record Sink() implements Operand {}
}
