package tern.codegen.jvm;

import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import tern.codegen.jvm.source.KernelWords;
import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Kernels as class files. Packer and example come as source that compiles against them.
public final class ClassExporter implements Exporter {

    /// For the service loader.
    public ClassExporter() {}

    @Override
    public String form() {
        return "class";
    }

    @Override
    public void check(Program program, Target target) {
        Takeaway.check(program, target);
    }

    @Override
    public Export export(LoweredKernel kernel, Settings settings) {
        var takeaway = new Takeaway(kernel, settings);
        var files = new ArrayList<File>();
        files.add(new File(takeaway.path(takeaway.name(), ".class"), takeaway.bytes()));
        TypeSpec.Builder example = TypeSpec.classBuilder(takeaway.example())
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .addJavadoc("Packer and example for the class $L.\n\n$L", takeaway.name().simpleName(),
                        KernelWords.of(kernel, takeaway.target(), takeaway.hasScratch()));
        takeaway.addExample(example);
        files.add(takeaway.source(takeaway.example(), example.build(), takeaway.name()));
        files.addAll(takeaway.benchmark(takeaway.example()));
        String source = takeaway.path(takeaway.example(), ".java");
        var commands = new ArrayList<>(List.of(
                "javac --add-modules jdk.incubator.vector -cp . -d . " + source,
                "java " + Takeaway.FLAGS + " -cp . " + takeaway.example().canonicalName()));
        commands.addAll(takeaway.benchmarkCommands());
        return new Export(files, commands);
    }
}
