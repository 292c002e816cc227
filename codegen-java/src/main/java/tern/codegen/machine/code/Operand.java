package tern.codegen.machine.code;

import org.jspecify.annotations.Nullable;

/// What an instruction works on.
public sealed interface Operand {

    /// A virtual register.
    ///
    /// @param fixed the machine's register that it must be, by its number in the encoding; -1 if any will do
    record Register(Bank bank, int number, int fixed) implements Operand {
        @Override
        public String toString() {
            return (bank == Bank.GENERAL ? "r" : "v") + number;
        }
    }

    /// `[base + index * scale + displacement]`, or a constant of the code.
    ///
    /// @param constant number of the constant, which is stored after the code; -1 if it is an address
    record Memory(@Nullable Register base, @Nullable Register index, int scale, int displacement, int constant) implements Operand {
        public static Memory at(Register base, int displacement) {
            return new Memory(base, null, 1, displacement, -1);
        }

        public static Memory constant(int number) {
            return new Memory(null, null, 1, 0, number);
        }

        public Memory plus(int bytes) {
            return new Memory(base, index, scale, displacement + bytes, constant);
        }
    }

    record Immediate(long value) implements Operand {}
}
