package tern.codegen.machine.export;

import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as machine code with header, packer, test program and README. The service loader needs a class for each form.
abstract sealed class NativeExporter implements Exporter permits AsmExporter, ObjectExporter {

    private final String form;
    private final boolean object;

    NativeExporter(String form, boolean object) {
        this.form = form;
        this.object = object;
    }

    @Override
    public final String form() {
        return form;
    }

    @Override
    public final boolean isMachineCode() {
        return true;
    }

    @Override
    public final void check(Program program, Target target) {
        NativeExport.check(program, target);
    }

    @Override
    public final Export export(LoweredKernel kernel, Settings settings) {
        return NativeExport.of(kernel, settings).export(object);
    }
}
