package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// What a function of C takes that runs a program, in this order.
public sealed interface Argument {

    /// A buffer's address.
    record Address(Buf buffer) implements Argument {}

    /// A run-time number.
    record Number(Program.Scalar scalar) implements Argument {}

    /// Numbers and memory of a call.
    enum Call implements Argument {
        /// Memory of the calling thread.
        WORK,
        /// The first part to do.
        FIRST,
        /// The part after the last.
        LAST,
        /// Into how many parts loops on cores are cut.
        PARTS
    }

    /// Numbers that can have one value alone are no arguments.
    static List<Argument> of(Program program) {
        List<Argument> all = new ArrayList<>();
        program.parameters().forEach(buffer -> all.add(new Address(buffer)));
        program.scalars().stream().filter(scalar -> !isConstant(scalar)).forEach(scalar -> all.add(new Number(scalar)));
        all.addAll(List.of(Call.values()));
        return all;
    }

    static boolean isConstant(Program.Scalar scalar) {
        return scalar.values().low() == scalar.values().high();
    }
}
