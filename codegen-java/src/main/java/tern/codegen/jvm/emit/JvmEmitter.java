package tern.codegen.jvm.emit;

import tern.codegen.jvm.JvmClass;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Program;

/// Turns a program into the class that runs it: the entry to this back end's compiler.
///
/// A program becomes a hidden class with its body as the method [tern.codegen.jvm.team.Spmd#run], and one for each outlined body; see [tern.codegen.jvm.Linker]. A value of
/// several lanes becomes as many vectors of the Vector API as the machine's registers demand, each in a local of its own;
/// see [Vectors]. Memory is reached by address, see [Addresses].
public final class JvmEmitter {

    private JvmEmitter() {}

    /// @param vectorBits of the machine's registers: 128, 256 or 512
    /// @throws CompileException if the program holds what the JVM cannot express, or a method becomes too large
    public static JvmClass emit(Proved proved, int vectorBits) {
        Program program = proved.program();
        return new ClassEmitter(program, new Machine(vectorBits)).emit();
    }
}
