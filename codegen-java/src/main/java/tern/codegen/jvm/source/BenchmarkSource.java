package tern.codegen.jvm.source;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.lang.model.element.Modifier;
import tern.ir.KernelDef.Param;
import tern.ir.device.LoweredKernel;

/// A JMH benchmark of a kernel, and a Maven project for it. Each call multiplies by another copy of the weights, so many that they are cold
/// when their turn comes, as a model's are.
public final class BenchmarkSource {

    private BenchmarkSource() {}

    /// A class that sees the members of the kernel's class by their simple names.
    ///
    /// @param kernel  its class
    /// @param scratch whether multiplying takes scratch
    public static TypeSpec of(ClassName name, LoweredKernel lowered, ClassName kernel, boolean scratch) {
        TypeSpec.Builder type = TypeSpec.classBuilder(name)
                .addModifiers(Modifier.PUBLIC)
                .addJavadoc("$L", JavaText.wrapped("""
                        Times the kernel on one thread, weights cold: each call takes the next of many copies, together COLD_BYTES long. \
                        Set the property `cold` if a cache of the machine holds more. A call reads Weights.BYTES for each matrix, so GB/s \
                        are those divided by ns/op; `main` prints them.
                        """));
        annotate(type, "State", "value", "Scope.Benchmark");
        annotate(type, "BenchmarkMode", "value", "Mode.AverageTime");
        annotate(type, "OutputTimeUnit", "value", "TimeUnit.NANOSECONDS");
        annotate(type, "Warmup", "iterations", "5", "time", "2");
        annotate(type, "Measurement", "iterations", "5", "time", "2");
        annotate(type, "Fork", "value", "1", "jvmArgsAppend", """
                {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:-TieredCompilation",
                "-XX:CompileCommand=quiet", "-XX:CompileCommand=CompileThresholdScaling,%s::*,0.05"}""".formatted(kernel.canonicalName()));
        List<Param> params = lowered.definition().params();
        JavaText.addField(type, "private static final int MATRICES", "" + lowered.definition().weights().size(), "");
        JavaText.addField(type, "private static final long COLD_BYTES", "Long.getLong(\"cold\", 512L << 20)", "");
        for (String field : List.of("activations", "prepared", "scratch")) JavaText.addField(type, "private MemorySegment " + field, "", "");
        JavaText.addField(type, "private MemorySegment[][] copies", "", "The segments of each call.");
        JavaText.addField(type, "private int next", "", "");
        var segments = new ArrayList<>(params.stream().map(BenchmarkSource::segment).toList());
        segments.add(segment(lowered.definition().result()));
        JavaText.addMethods(type, "benchmark.java", Map.of(
                "scale", WeightsSource.hasScale(lowered.packing()) ? "1, " : "",
                "scratchBytes", scratch ? "MULTIPLY_SCRATCH_BYTES" : "1",
                "scratch", scratch ? "scratch, " : "",
                "segments", String.join(", ", segments),
                "copy", String.join(", ", IntStream.range(0, segments.size()).mapToObj(i -> "copy[" + i + "]").toList()),
                "class", name.simpleName()), "");
        return type.build();
    }

    private static void annotate(TypeSpec.Builder type, String annotation, String... members) {
        AnnotationSpec.Builder builder = AnnotationSpec.builder((ClassName) JavaText.type(annotation));
        for (int i = 0; i < members.length; i += 2) builder.addMember(members[i], JavaText.code(members[i + 1]));
        type.addAnnotation(builder.build());
    }

    private static String segment(Param param) {
        return switch (param.kind()) {
            case I8 -> "prepared";
            case WEIGHT -> "arena.allocate(WEIGHT_BYTES, 64).copyFrom(packed)";
            case I32, F16, BF16, F32 -> "arena.allocate(4L * " + ExampleSource.elements(param).replace("n", "MAX_TOKENS") + " + SLACK, 64)";
        };
    }

    /// The text of `pom.xml`. `mvn -q compile exec:exec -Dbenchmark=CLASS` runs one benchmark. Maven must run on JDK 25 or later.
    ///
    /// @param packageName of kernels and benchmarks, which lie in its folder
    public static String project(String packageName) {
        return JavaText.template("pom.xml", Map.of("package", packageName, "folder", packageName.replace('.', '/')));
    }
}
