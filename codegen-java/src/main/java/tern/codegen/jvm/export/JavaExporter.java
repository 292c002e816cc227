package tern.codegen.jvm.export;

import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as Java source: one class with its packer and an example in `main`.
public final class JavaExporter implements Exporter {

    /// For the service loader.
    public JavaExporter() {}

    @Override
    public String form() {
        return "java";
    }

    @Override
    public void check(Program program, Target target) {
        StandaloneExport.check(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        return new StandaloneExport(kernel, settings).export(true);
    }
}
