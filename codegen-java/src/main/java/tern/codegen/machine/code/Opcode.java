package tern.codegen.machine.code;

import java.util.List;
import tern.ir.loop.Expr;

/// An instruction of some machine: how it is written, and what it does to its operands.
public interface Opcode {

    String name();

    /// A word for each operand, of which the first letter tells: `r` read, `w` written, `m` both.
    List<String> operands();

    /// That the processor must have.
    Feature feature();

    /// In Loop IR over the variables `a`, `b`, `c`, which are the operands read; none of what is no vector arithmetic.
    List<Expr> meanings();

    default boolean reads(int operand) {
        char role = operands().get(operand).charAt(0);
        return role == 'r' || role == 'm';
    }

    default boolean writes(int operand) {
        char role = operands().get(operand).charAt(0);
        return role == 'w' || role == 'm';
    }
}
