package tern.codegen.machine;

import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;

/// Writes instructions for numbers of 64 bits. Results are in new registers, unless it says otherwise.
interface General {

    Register number(long value);

    /// @param op ADD, SUBTRACT, MULTIPLY, AND, OR or XOR
    Register compute(Operation op, Register a, Register b);

    Register compute(Operation op, Register a, long b);

    Register shift(Operation op, Register a, long count);

    Register shift(Operation op, Register a, Register count);

    Register negate(Register a);

    /// All bits the other way.
    Register complement(Register a);

    /// The low bits, with their sign or zeros in front.
    Register extend(int bits, boolean signed, Register a);

    /// `a + b * scale`
    ///
    /// @param scale 1, 2, 4 or 8
    Register sum(Register a, Register b, int scale);

    /// What the place's address is.
    Register address(Memory place);

    /// `a += by`
    void increase(Register a, long by);

    /// The upper 64 bits of a product of 128.
    Register multiplyHigh(boolean signed, Register a, Register b);

    /// Truncating; the divisor is not 0, and no quotient is too large. The register may be one that others write soon.
    Register divide(boolean signed, boolean remainder, Register a, Register b);

    // Comparisons

    void compare(Register a, Register b);

    void compare(Register a, long b);

    /// As signed numbers.
    void compareWithZero(Register a);

    /// 1 if what was compared last is so, else 0.
    Register set(Condition condition);

    /// `a = b` if what was compared last is so.
    void replace(Condition condition, Register a, Register b);

    // Memory

    Register load(int bits, boolean signed, Memory place);

    void store(int bits, Memory place, Register value);

    /// Stores a number of 64 bits.
    void storeNumber(Memory place, long number);

    void prefetch(Memory place);

    // Floats

    /// An integer as the nearest f32, ties to even.
    Register toFloat(Register number, Element element);

    /// Towards zero; beyond i32, or for u32 and 64 bits i64, its end; NaN is 0. Not yet cut to the element.
    Register toInteger(Register value, Element element);
}
