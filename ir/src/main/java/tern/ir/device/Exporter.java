package tern.ir.device;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Writes kernels as files that run without Tern. Found by [java.util.ServiceLoader], one for each form that a back end makes;
/// it needs no such device present.
public interface Exporter {

    /// `java`, `class`, `asm`, `object`, `ptx`.
    String form();

    /// Whether kernels for CPUs become machine code of Tern's own, for which other schedules are the best than for bytecode.
    default boolean isMachineCode() {
        return false;
    }

    /// What it writes for if no machine is named; empty: for the CPU at hand.
    default Optional<Target> usual() {
        return Optional.empty();
    }

    /// The files of one kernel: its code, its packer, and an example that checks it.
    ///
    /// @throws CompileException         if this back end cannot express the kernel, or makes nothing for such a target
    /// @throws IllegalArgumentException if the settings are none
    Export export(LoweredKernel kernel, Settings settings);

    /// Asks whether a program could be exported, for those who choose among several.
    ///
    /// @throws CompileException if not
    void check(Program program, Target target);

    /// @param target    machine to write for
    /// @param namespace of the code: a Java package. Forms without namespaces ignore it
    /// @param benchmark whether to write a benchmark as well
    record Settings(Target target, String namespace, boolean benchmark) {}

    /// @param files    some may be equal to those of other kernels
    /// @param commands that run the example, then the benchmark, in the folder of the files
    record Export(List<File> files, List<String> commands) {
        public Export {
            files = List.copyOf(files);
            commands = List.copyOf(commands);
        }
    }

    /// @param path  relative to the folder of the export, with slashes
    /// @param bytes what to write
    record File(String path, byte[] bytes) {

        public static File text(String path, String text) {
            return new File(path, text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
