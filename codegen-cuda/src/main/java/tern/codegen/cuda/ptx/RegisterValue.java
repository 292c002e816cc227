package tern.codegen.cuda.ptx;

import java.util.List;
import tern.ir.loop.Type;

/// A value in registers.
///
/// @param registers what each thread holds of it, in the order of its lanes: a register for each lane, or, if it is packed, for each four
///                  bytes; a constant stands for itself. Integers below 32 bits that are not packed fill their register, by sign or zeros.
record RegisterValue(Type type, boolean packed, List<String> registers) {

    RegisterValue {
        registers = List.copyOf(registers);
    }

    static RegisterValue of(Type type, List<String> registers) {
        return new RegisterValue(type, false, registers);
    }

    static RegisterValue of(Type type, String register) {
        return new RegisterValue(type, false, List.of(register));
    }

    String get(int i) {
        return registers.get(i);
    }

    /// Lanes of each thread.
    static int lanes(Type type) {
        return Math.max(1, type.lanes() / 32);
    }
}
