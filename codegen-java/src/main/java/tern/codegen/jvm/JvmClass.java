package tern.codegen.jvm;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.util.Textifier;
import org.objectweb.asm.util.TraceClassVisitor;
import tern.codegen.jvm.team.Spmd;
import tern.ir.device.CompileException;
import tern.ir.loop.Program;

/// The class written for a program.
///
/// @param name     internal, with slashes
/// @param bytes    of the class file
/// @param constants that the code loads: one more buffer behind those of the program
record JvmClass(Program program, String name, byte[] bytes, byte[] constants) {

    /// @throws CompileException if the JVM refuses the class
    Spmd load() {
        C1.keepAway();
        try {
            var hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (Spmd) hidden.lookupClass().getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new CompileException(program.name(), "the JVM refuses the class: " + e, e);
        }
    }

    /// The bytecode as ASM prints it.
    String listing() {
        var text = new StringWriter();
        new ClassReader(bytes).accept(new TraceClassVisitor(null, new Textifier(), new PrintWriter(text)), 0);
        return text.toString();
    }
}
