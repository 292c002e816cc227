package tern.codegen.machine.export;

/// Kernels as ELF objects.
public final class ObjectExporter extends NativeExporter {

    /// For the service loader.
    public ObjectExporter() {
        super("object", true);
    }
}
