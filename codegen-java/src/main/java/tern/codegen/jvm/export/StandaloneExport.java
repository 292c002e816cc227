package tern.codegen.jvm.export;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.lang.model.SourceVersion;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.emit.Methods;
import tern.codegen.jvm.export.StandaloneEmitter.Entry;
import tern.codegen.jvm.source.BenchmarkSource;
import tern.codegen.jvm.source.ExampleSource;
import tern.codegen.jvm.source.JavaText;
import tern.codegen.jvm.source.WeightsSource;
import tern.codegen.source.PackerText;
import tern.ir.device.CompileException;
import tern.ir.device.Exporter.Export;
import tern.ir.device.Exporter.File;
import tern.ir.device.Exporter.Settings;
import tern.ir.device.LoweredKernel;
import tern.ir.device.Proved;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.text.Printer;

/// The files of an exported kernel: a class with its packer and an example, and a benchmark if one is wanted.
final class StandaloneExport {

    /// What a JVM needs to run one.
    private static final String FLAGS = "--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

    private final LoweredKernel lowered;
    private final Settings settings;
    private final Target.Cpu target;
    private final ClassName name;

    /// @throws CompileException         if the target is no CPU
    /// @throws IllegalArgumentException if the namespace is no Java package
    StandaloneExport(LoweredKernel lowered, Settings settings) {
        this.lowered = lowered;
        this.settings = settings;
        this.target = cpu(lowered.name(), settings.target());
        if (lowered.definition().params().stream()
                .anyMatch(param -> param.kind() == Kind.F16 || param.kind() == Kind.BF16 || param.dims().stream().anyMatch(dim -> KernelDef.groupOf(dim) > 0)))
            throw new CompileException(lowered.name(), "kernels with scales of groups, f16 or bf16 are not exported");
        String refusal = PackerText.refusal(lowered.packing());
        if (refusal != null) throw new CompileException(lowered.name(), "packing %s is not exported: %s".formatted(lowered.packing().name(), refusal));
        // JMH takes no class without a package.
        if (!SourceVersion.isName(settings.namespace()))
            throw new IllegalArgumentException("'" + settings.namespace() + "' is no name of a Java package");
        String kernel = Methods.identifier(lowered.name());
        this.name = ClassName.get(settings.namespace(),
                kernel.substring(0, 1).toUpperCase(Locale.ROOT) + kernel.substring(1) + "_v" + target.vectorBits());
    }

    private static Target.Cpu cpu(String kernel, Target target) {
        return switch (target) {
            case Target.Cpu cpu -> cpu;
            case Target.Gpu gpu -> throw new CompileException(kernel, "the JVM's code runs on CPUs, and " + gpu.name() + " is none");
        };
    }

    /// Emits one program, and forgets it.
    ///
    /// @throws CompileException if that is impossible
    static void check(Program program, Target target) {
        var machine = new Machine(cpu(program.name(), target).vectorBits());
        StandaloneClass.of(ClassName.get("", "Check"), List.of(new Entry("run", Proved.of(program), "")), machine, Map.of(), false);
    }

    /// @param whole whether the kernel's code is source, rather than a class file
    /// @throws CompileException if the kernel cannot be expressed, or a method becomes too large
    Export export(boolean whole) {
        boolean scratch = lowered.multiply().buffers().stream().anyMatch(buffer -> buffer.scope() == Buf.Scope.CORE);
        var kernel = StandaloneClass.of(name, entries(), new Machine(target.vectorBits()), constants(), whole);
        kernel.type().addJavadoc("$L", words(scratch));
        ExampleSource.addTo(kernel.type(), lowered, scratch);
        kernel.type().addType(WeightsSource.of(lowered.packing(), lowered.m(), lowered.k()));
        var files = new ArrayList<File>();
        var commands = new ArrayList<String>();
        files.add(source(name, kernel.type().build()));
        String source = files.getFirst().path();
        if (whole) commands.add("java " + FLAGS + " " + source);
        else {
            files.add(new File(StandaloneClass.path(kernel.bodies()) + ".class", kernel.bytes()));
            commands.add("javac --add-modules jdk.incubator.vector -cp . -d . " + source);
            commands.add("java " + FLAGS + " -cp . " + name.canonicalName());
        }
        if (settings.benchmark()) {
            ClassName benchmark = ClassName.get(name.packageName(), name.simpleName() + "Benchmark");
            files.add(source(benchmark, BenchmarkSource.of(benchmark, lowered, name, scratch), name));
            files.add(File.text("pom.xml", BenchmarkSource.project(name.packageName())));
            commands.add("mvn -q compile exec:exec -Dbenchmark=" + benchmark.canonicalName());
        }
        return new Export(files, commands);
    }

    private String words(boolean scratch) {
        return JavaText.template("words.txt", Map.ofEntries(
                Map.entry("kernel", lowered.definition().name()),
                Map.entry("m", "" + lowered.m()),
                Map.entry("k", "" + lowered.k()),
                Map.entry("tokens", lowered.maxTokens() + (lowered.maxTokens() == 1 ? " token" : " tokens")),
                Map.entry("bits", "" + target.vectorBits()),
                Map.entry("target", target.name()),
                Map.entry("definition", Printer.print(lowered.definition())),
                Map.entry("packing", lowered.packing().name()),
                Map.entry("eachWithScratch", scratch ? ", `multiply` with scratch for each" : ""),
                Map.entry("schedule", Printer.print(target.name(), lowered.schedule()))));
    }

    private static File source(ClassName type, TypeSpec content, ClassName... members) {
        return File.text(StandaloneClass.path(type) + ".java", JavaText.file(type.packageName(), content, members));
    }

    private List<Entry> entries() {
        return List.of(
                new Entry("prepare", Proved.of(lowered.prepare()), "Brings activations `[n, K]` into the form that `multiply` reads."),
                new Entry("multiply", Proved.of(lowered.multiply()), "Multiplies prepared activations by packed weights, and applies the kernel's formula."));
    }

    private Map<String, Number> constants() {
        var constants = new LinkedHashMap<String, Number>();
        constants.put("M", lowered.m());
        constants.put("K", lowered.k());
        constants.put("MAX_TOKENS", lowered.maxTokens());
        constants.put("PREPARED_BYTES", lowered.preparedBytes() + Buf.SLACK);
        int word = lowered.packing().word().bytes();
        constants.put("WEIGHT_BYTES", Math.ceilDiv(lowered.packing().bytes(lowered.m(), lowered.k()), (long) word) * word + Buf.SLACK);
        return constants;
    }
}
