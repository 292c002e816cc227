package tern.codegen.machine;

import java.util.List;
import tern.codegen.machine.code.Operand.Register;

/// Where a variable is.
sealed interface Home {

    /// An i32 that stays: nothing is computed before it is needed.
    record Sum(Terms terms) implements Home {}

    /// A number, extended to 64 bits as its type says.
    record Number(Register register) implements Home {}

    /// Lanes, low ones first, or a float: registers that are full but for the last one, of which the rest is undefined.
    ///
    /// @param laneBits of a mask's lanes: all of them set, or none; of others those of the element
    record Lanes(int laneBits, List<Register> parts) implements Home {}
}
