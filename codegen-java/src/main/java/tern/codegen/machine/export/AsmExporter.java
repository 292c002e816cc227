package tern.codegen.machine.export;

import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as text for GNU as, with all that [ObjectExporter] writes besides.
public final class AsmExporter implements Exporter {

    /// For the service loader.
    public AsmExporter() {}

    @Override
    public String form() {
        return "asm";
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
        return NativeExport.of(kernel, settings).export(false);
    }
}
