package tern.codegen.cuda.device;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tern.codegen.cuda.Gpu;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.OpSignature;

/// A part of the transformer: one program, or some that follow each other.
final class OpKernel extends GpuKernel {

    /// @param arguments from those of the operation to those of the program
    /// @param applies   by the number of tokens
    record Stage(ProgramKernel kernel, UnaryOperator<List<Buffer>> arguments, IntPredicate applies) {

        /// One for any number of tokens.
        Stage(ProgramKernel kernel, UnaryOperator<List<Buffer>> arguments) {
            this(kernel, arguments, _ -> true);
        }
    }

    private final Op op;
    private final List<Stage> stages;

    OpKernel(Gpu.Stream stream, Position position, Op op, List<Stage> stages) {
        super(stream, position);
        this.op = op;
        this.stages = List.copyOf(stages);
    }

    @Override
    public String name() {
        return OpSignature.name(op);
    }

    @Override
    public String listing() {
        return stages.stream().map(stage -> stage.kernel.listing()).collect(Collectors.joining("\n"));
    }

    @Override
    Stream<ProgramKernel> moving(int n) {
        return stages.stream().filter(stage -> stage.applies.test(n)).flatMap(stage -> stage.kernel.moving(n));
    }

    @Override
    void check(List<? extends Buffer> arguments, int n, int position) {
        OpSignature.check(op, arguments, n, position);
        for (Stage stage : stages)
            if (stage.applies.test(n)) stage.kernel.check(stage.arguments.apply(List.copyOf(arguments)), n, position);
    }

    @Override
    List<Run> runs(List<? extends Buffer> arguments, int n) {
        return stages.stream()
                .filter(stage -> stage.applies.test(n))
                .map(stage -> new Run(stage.kernel, stage.arguments.apply(List.copyOf(arguments))))
                .toList();
    }
}
