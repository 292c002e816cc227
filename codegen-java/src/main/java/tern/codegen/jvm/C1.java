package tern.codegen.jvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;

/// Keeps the first of HotSpot's two compilers away from generated kernels.
///
/// C1 inlines the Vector API and then boxes every vector, so it gains nothing over the interpreter; and it gives up on a
/// large kernel ("out of virtual registers in LIR generator") at a point where the method has left the interpreter and
/// stops being profiled: C2 never sees it, and it stays a hundred times slower. Without C1 a kernel goes from the
/// interpreter to C2 straight away.
public final class C1 {

    /// Internal names of generated classes start so; they lie in the package of the [Linker], which defines them.
    public static final String KERNELS = C1.class.getPackageName().replace('.', '/') + "/Kernel_";

    private static final System.Logger LOG = System.getLogger(C1.class.getName());

    private C1() {}

    /// Once for this JVM: what [#exclude] does.
    private static final class Once {
        static final boolean DONE = exclude();
    }

    /// Asks HotSpot to compile kernels with C2 only.
    ///
    /// @return whether it agreed; another JVM will not
    static boolean keepAway() {
        return Once.DONE;
    }

    private static boolean exclude() {
        String pattern = KERNELS + "*.*";
        try {
            Path file = Files.createTempFile("tern", ".json");
            try {
                Files.writeString(file, "[{ match: \"%s\", c1: { Exclude: true } }]".formatted(pattern));
                String answer = DiagnosticCommand.run("compilerDirectivesAdd", file.toString());
                boolean added = answer.contains("1 compiler directives added");
                if (!added) LOG.log(System.Logger.Level.WARNING, "C1 cannot be kept away from kernels: {0}", answer);
                return added;
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException | JMException e) {
            LOG.log(System.Logger.Level.WARNING, "C1 cannot be kept away from kernels, large ones may stay slow", e);
            return false;
        }
    }
}
