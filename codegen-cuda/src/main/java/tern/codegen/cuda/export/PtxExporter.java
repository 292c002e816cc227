package tern.codegen.cuda.export;

import java.util.List;
import java.util.Optional;
import tern.codegen.cuda.ptx.Architecture;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.device.CompileException;
import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// Kernels as PTX, with the text of the packing that their weights have.
public final class PtxExporter implements Exporter {

    /// For the service loader.
    public PtxExporter() {}

    @Override
    public String form() {
        return "ptx";
    }

    @Override
    public Optional<Target> usual() {
        return Optional.of(Targets.H200);
    }

    @Override
    public void check(Program program, Target target) {
        emit(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        if (settings.benchmark()) throw new CompileException(kernel.name(), "a benchmark is made of Java code alone");
        PtxKernel prepare = emit(kernel.prepare(), settings.target()), multiply = emit(kernel.multiply(), settings.target());
        String name = kernel.name();
        return new Export(
                List.of(
                        File.text(name + ".prepare.ptx", LaunchWords.of(kernel, prepare, true) + prepare.ptx()),
                        File.text(name + ".multiply.ptx", LaunchWords.of(kernel, multiply, false) + multiply.ptx()),
                        File.text(name + ".tir", PackingText.of(kernel, settings.target()))),
                List.of(
                        "ptxas -v -arch " + prepare.architecture() + " " + name + ".prepare.ptx -o " + name + ".prepare.cubin",
                        "ptxas -v -arch " + multiply.architecture() + " " + name + ".multiply.ptx -o " + name + ".multiply.cubin"));
    }

    /// @throws CompileException if the target is no GPU, or the program holds what PTX cannot express
    private static PtxKernel emit(Program program, Target target) {
        return switch (target) {
            case Target.Gpu gpu -> PtxEmitter.emit(program, Architecture.of(gpu.sm()));
            case Target.Cpu cpu -> throw new CompileException(program.name(), "PTX runs on NVIDIA's GPUs, and " + cpu.name() + " is none");
        };
    }
}
