package tern.codegen.jvm;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.util.Textifier;
import org.objectweb.asm.util.TraceClassVisitor;
import tern.ir.loop.Program;

/// The classes written for a program.
///
/// @param bytes     of the class file that implements [tern.codegen.jvm.team.Spmd]
/// @param constants that the code loads: one more buffer after those of the program
/// @param calls     the outlined bodies that it calls, by number
public record JvmClass(Program program, byte[] bytes, byte[] constants, List<Outlined> calls) {

    public JvmClass {
        calls = List.copyOf(calls);
    }

    /// A class with one static method.
    ///
    /// @param bytes     of the class file
    /// @param constants that its code may load: those of the program as far as they were known
    /// @param calls     the outlined bodies that it calls in turn
    public record Outlined(String method, String descriptor, byte[] bytes, byte[] constants, List<Outlined> calls) {
        public Outlined {
            calls = List.copyOf(calls);
        }
    }

    /// The bytecode as ASM prints it: the program's class, then those of the outlined bodies, a caller before what it calls.
    public String listing() {
        var text = new StringWriter();
        print(bytes, text);
        Set<Outlined> outlined = new LinkedHashSet<>();
        calls.forEach(call -> collect(call, outlined));
        for (Outlined one : outlined) print(one.bytes(), text);
        return text.toString();
    }

    private static void collect(Outlined one, Set<Outlined> into) {
        into.add(one);
        one.calls().forEach(call -> collect(call, into));
    }

    private static void print(byte[] bytes, StringWriter into) {
        new ClassReader(bytes).accept(new TraceClassVisitor(null, new Textifier(), new PrintWriter(into)), 0);
    }
}
