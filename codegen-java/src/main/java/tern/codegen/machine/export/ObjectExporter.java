package tern.codegen.machine.export;

import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as ELF objects, with header, packer, test program and README.
public final class ObjectExporter implements Exporter {

    /// For the service loader.
    public ObjectExporter() {}

    @Override
    public String form() {
        return "object";
    }

    @Override
    public boolean isMachineCode() {
        return true;
    }

    @Override
    public void check(Program program, Target target) {
        NativeExport.check(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        return NativeExport.of(kernel, settings).export(true);
    }
}
