package tern.codegen.machine.export;

/// Kernels as text for GNU as.
public final class AsmExporter extends NativeExporter {

    /// For the service loader.
    public AsmExporter() {
        super("asm", false);
    }
}
