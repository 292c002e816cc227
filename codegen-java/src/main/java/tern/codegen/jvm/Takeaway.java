package tern.codegen.jvm;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import javax.lang.model.SourceVersion;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodTooLargeException;
import tern.codegen.jvm.source.BenchmarkSource;
import tern.codegen.jvm.source.ExampleSource;
import tern.codegen.jvm.source.Layouts;
import tern.codegen.jvm.source.ProjectFile;
import tern.codegen.jvm.source.WeightsSource;
import tern.ir.device.CompileException;
import tern.ir.device.Exporter.File;
import tern.ir.device.Exporter.Settings;
import tern.ir.device.LoweredKernel;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// A kernel that leaves: what its files have in common, whatever form the code takes.
final class Takeaway {

    /// What a JVM needs to run one.
    static final String FLAGS = "--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

    private final LoweredKernel lowered;
    private final Settings settings;
    private final Target.Cpu target;
    private final ClassName name;
    private final List<StandaloneEmitter.Entry> entries;

    /// @throws CompileException         if the target is no CPU, or a program cannot be proved
    /// @throws IllegalArgumentException if the namespace is no Java package
    Takeaway(LoweredKernel lowered, Settings settings) {
        this.lowered = lowered;
        this.settings = settings;
        this.target = cpu(lowered.name(), settings.target());
        // JMH takes no class without a package.
        if (!SourceVersion.isName(settings.namespace()))
            throw new IllegalArgumentException("'" + settings.namespace() + "' is no name of a Java package");
        String kernel = Methods.identifier(lowered.name());
        this.name = ClassName.get(settings.namespace(),
                kernel.substring(0, 1).toUpperCase(Locale.ROOT) + kernel.substring(1) + "_v" + target.vectorBits());
        this.entries = List.of(
                new StandaloneEmitter.Entry("prepare", Proved.of(lowered.prepare()),
                        "Brings activations `[n, K]` into the form that `multiply` reads."),
                new StandaloneEmitter.Entry("multiply", Proved.of(lowered.multiply()),
                        "Multiplies prepared activations by packed weights, and applies the kernel's formula."));
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
        var entries = List.of(new StandaloneEmitter.Entry("run", Proved.of(program), ""));
        var machine = new Machine(cpu(program.name(), target).vectorBits());
        bytes(program.name(), writer -> new StandaloneEmitter(writer, "Check", machine, entries, Map.of()).emit());
    }

    ClassName name() {
        return name;
    }

    Target.Cpu target() {
        return target;
    }

    /// The class that holds an example where the kernel is no source.
    ClassName example() {
        return ClassName.get(name.packageName(), name.simpleName() + "Example");
    }

    /// Path of a file of the class.
    String path(ClassName type, String ending) {
        return type.reflectionName().replace('.', '/') + ending;
    }

    boolean hasScratch() {
        return lowered.multiply().buffers().stream().anyMatch(buffer -> buffer.scope() == Buf.Scope.CORE);
    }

    /// Emits the kernel's class.
    void emit(ClassVisitor visitor) {
        new StandaloneEmitter(visitor, path(name, ""), new Machine(target.vectorBits()), entries, constants()).emit();
    }

    /// The kernel's class file.
    ///
    /// @throws CompileException if the kernel cannot be expressed, or a method becomes too large
    byte[] bytes() {
        return bytes(lowered.name(), this::emit);
    }

    private static byte[] bytes(String kernel, Consumer<ClassVisitor> emission) {
        try {
            var writer = new FrameWriter();
            emission.accept(writer);
            return writer.toByteArray();
        } catch (MethodTooLargeException | ClassTooLargeException | IllegalArgumentException e) {
            throw new CompileException(kernel, String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, Number> constants() {
        var constants = new LinkedHashMap<String, Number>();
        constants.put("M", lowered.m());
        constants.put("K", lowered.k());
        constants.put("MAX_TOKENS", lowered.maxTokens());
        constants.put("SLACK", (long) Buf.SLACK);
        constants.put("PREPARED_BYTES", lowered.preparedBytes() + Buf.SLACK);
        int word = lowered.packing().word().bytes();
        constants.put("WEIGHT_BYTES", Math.ceilDiv(lowered.packing().bytes(lowered.m(), lowered.k()), (long) word) * word + Buf.SLACK);
        return constants;
    }

    /// Adds the packer and the example to a class.
    void addExample(TypeSpec.Builder type) {
        type.addType(WeightsSource.of(lowered.packing(), lowered.m(), lowered.k()));
        ExampleSource.addTo(type, lowered, hasScratch());
    }

    /// @param members classes whose static members need no qualifier
    File source(ClassName type, TypeSpec content, ClassName... members) {
        return File.text(path(type, ".java"), Layouts.file(type.packageName(), content, "Made by Tern: tern export.", members));
    }

    /// The benchmark, if one is wanted.
    ///
    /// @param host of the packer
    List<File> benchmark(ClassName host) {
        var files = new ArrayList<File>();
        if (!settings.benchmark()) return files;
        ClassName benchmark = benchmark();
        var members = host.equals(name) ? List.of(name) : List.of(name, host);
        files.add(source(benchmark, BenchmarkSource.of(benchmark, lowered, name, hasScratch()), members.toArray(ClassName[]::new)));
        files.add(File.text("pom.xml", ProjectFile.of(name.packageName())));
        return files;
    }

    private ClassName benchmark() {
        return ClassName.get(name.packageName(), name.simpleName() + "Benchmark");
    }

    List<String> benchmarkCommands() {
        return settings.benchmark() ? List.of("mvn -q compile exec:exec -Dbenchmark=" + benchmark().canonicalName()) : List.of();
    }
}
