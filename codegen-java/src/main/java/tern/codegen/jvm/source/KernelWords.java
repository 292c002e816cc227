package tern.codegen.jvm.source;

import tern.ir.device.LoweredKernel;
import tern.ir.target.Target;
import tern.ir.text.Printer;

/// A kernel in words, for the comment of its class.
public final class KernelWords {

    private KernelWords() {}

    /// Text of a Javadoc comment.
    ///
    /// @param scratch whether multiplying takes scratch
    public static String of(LoweredKernel kernel, Target.Cpu target, boolean scratch) {
        return """
                Kernel %s with m = %d, k = %d and up to %d token%s (n), made by Tern for vectors of %d bits (%s).

                <pre>{@code
                %s}</pre>

                First `prepare` brings the activations into the form that `multiply` reads; then `multiply` computes the results, and may do so \
                for any number of matrices with the same activations. The weights are packed as %s; see `Weights` and the example in `main`. \
                Numbers are little endian. Segments are native memory; those that are read must be SLACK bytes longer than what is read. \
                Both kernels consist of blocks, which threads may share%s.

                It was made by this schedule:

                <pre>{@code
                %s}</pre>

                Compile and run with `--add-modules jdk.incubator.vector`, on JDK 25 or later. `--enable-native-access=ALL-UNNAMED` (or the \
                name of your module) allows memory by address, which is what MEMORY is for: no bounds are checked in a loop, the public \
                methods check sizes instead. `-XX:-TieredCompilation` leaves out HotSpot's quick compiler, which fails on large vector code \
                and may then keep it slow; `-XX:CompileCommand=CompileThresholdScaling,CLASS::*,0.05` has the other one begin sooner.

                `(index & 0xffff_ffffL)` tells HotSpot that an index is not negative, `& 0xffff_ffff_ffffL` that an address is not, and \
                `broadcast(.., 0).lanewise(OR, v)`, which is `v`, what class a variable has that a loop changes. `a.lanewise(ADD, b)` is \
                `a.add(b)` without a wrapper whose profile all vectors of a program share.
                """.formatted(
                kernel.definition().name(), kernel.m(), kernel.k(), kernel.maxTokens(), kernel.maxTokens() == 1 ? "" : "s",
                target.vectorBits(), target.name(), Printer.print(kernel.definition()), kernel.packing().name(),
                scratch ? ", `multiply` with scratch for each" : "",
                Printer.print(target.name(), kernel.schedule()));
    }
}
