package tern.codegen.jvm;

import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import tern.codegen.jvm.source.JavaClass;
import tern.codegen.jvm.source.KernelWords;
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
        Takeaway.check(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        var takeaway = new Takeaway(kernel, settings);
        // As bytes first: they tell whether HotSpot would compile every method.
        takeaway.bytes();
        var reader = new JavaClass(takeaway.name());
        takeaway.emit(reader);
        TypeSpec.Builder type = reader.type().addJavadoc("$L", KernelWords.of(kernel, takeaway.target(), takeaway.hasScratch()));
        takeaway.addExample(type);
        var files = new ArrayList<File>();
        files.add(takeaway.source(takeaway.name(), type.build()));
        files.addAll(takeaway.benchmark(takeaway.name()));
        var commands = new ArrayList<>(List.of("java " + Takeaway.FLAGS + " " + takeaway.path(takeaway.name(), ".java")));
        commands.addAll(takeaway.benchmarkCommands());
        return new Export(files, commands);
    }
}
