package tern.codegen.jvm.export;

import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as class files, each with the source of a class that shows it, with packer and example.
public final class ClassExporter implements Exporter {

    /// For the service loader.
    public ClassExporter() {}

    @Override
    public String form() {
        return "class";
    }

    @Override
    public void check(Program program, Target target) {
        StandaloneExport.check(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        return new StandaloneExport(kernel, settings).export(false);
    }
}
