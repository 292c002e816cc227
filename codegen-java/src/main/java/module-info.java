import org.jspecify.annotations.NullMarked;

/// The CPU back end: loops to Vector API bytecode.
@NullMarked
module tern.codegen.jvm {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires com.palantir.javapoet;
    requires java.compiler;
    // Of bytecode; machine code does without it.
    requires static jdk.incubator.vector;
    requires java.management;
    requires jdk.management;
    requires org.objectweb.asm;
    requires org.objectweb.asm.util;

    exports tern.codegen.jvm.device;
    exports tern.codegen.jvm.team;

    uses tern.ir.device.OpLowering;

    provides tern.ir.device.Device.Provider with
            tern.codegen.jvm.device.CpuProvider;
    provides tern.ir.device.CodePricer with
            tern.codegen.machine.MachinePricer;
    provides tern.ir.device.Exporter with
            tern.codegen.jvm.export.JavaExporter,
            tern.codegen.jvm.export.ClassExporter,
            tern.codegen.machine.export.AsmExporter,
            tern.codegen.machine.export.ObjectExporter;
}
