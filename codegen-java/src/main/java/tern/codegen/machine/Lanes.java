package tern.codegen.machine;

import java.util.List;
import java.util.function.IntFunction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;

/// Selects instructions for vectors, a register at a time: part i of a value is its lanes from `i * vectorBits / bits` on. Of a register that is not
/// full the upper lanes hold anything. A `wide` part has more than 128 bits.
interface Lanes {

    // Values, by the kind of expression

    /// Of [Expr.Int] or [Expr.Real].
    Register constant(Expr expr);

    Register unary(Expr.Unary unary, int i);

    Register binary(Expr.Binary binary, int i);

    Register fma(Expr.Fma fma, int i);

    Register select(Register mask, Expr then, Expr otherwise, int i);

    Register convert(Expr.Convert convert, int i);

    /// @param bits of a lane
    Register broadcast(Expr scalar, int bits, boolean wide);

    Register lookup(Expr.Lookup lookup, int i);

    /// @param bits of a lane
    Register shuffle(Expr a, int bits, List<Integer> pattern, int i);

    Register dot(Expr.Dot dot, int i);

    /// `x op y` lane by lane.
    Register combine(Operation op, Element element, Register x, Register y, boolean wide);

    /// Remembers what a variable may be; the block around has begun, or is over.
    void note(Expr.Ref variable, Expr value);

    void open();

    void close();

    /// A statement ends: variables and memory may change.
    default void forget() {}

    // Masks: all bits of a lane, or none

    /// A mask as wide as the operands' lanes.
    Register compare(Expr.Compare compare, int i);

    Register everyBit(boolean set, boolean wide);

    Register not(Register mask, boolean wide);

    /// @param op AND, OR or XOR
    Register logic(Operation op, Register x, Register y, boolean wide);

    Register select(Register mask, Register then, Register otherwise, boolean wide);

    /// @param bytes bools as they lie in memory
    Register maskOfBytes(Register bytes, boolean wide);

    /// Lanes of 1 where the mask of bytes is set, else of 0.
    Register bytesOfMask(Register mask, boolean wide);

    /// @param all a number of 64 bits that goes into every 64 bits
    Register every(Register all, boolean wide);

    /// @param source parts of the mask before
    /// @param lanes  of the whole mask
    /// @return part i of it with lanes of `to` bits
    Register resize(IntFunction<Register> source, int lanes, int from, int to, int i);

    // Registers

    /// The upper half of the low `bits` in the place of the lower one; of the others no matter.
    Register upperHalf(Register lanes, int bits);

    Register fromGeneral(Register number, int bits);

    /// The lowest lane, not extended.
    Register toGeneral(Register lanes, int bits);

    /// @param bits 8 to those of a register; what is above is anything
    Register load(Memory place, int bits);

    void store(Memory place, Register value, int bits);

    Register zero(boolean wide);
}
