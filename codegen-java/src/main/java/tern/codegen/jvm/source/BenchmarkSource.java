package tern.codegen.jvm.source;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import javax.lang.model.element.Modifier;
import tern.ir.KernelDef.Param;
import tern.ir.device.LoweredKernel;

/// A JMH benchmark of a kernel. Each call multiplies by another copy of the weights, so many that they are cold when their turn comes, as a
/// model's are.
public final class BenchmarkSource {

    private static final String JMH = "org.openjdk.jmh.annotations";
    private static final ClassName SEGMENT = ClassName.get(MemorySegment.class);

    private BenchmarkSource() {}

    /// A class that sees the members of the kernel's class, and its packer, by their simple names.
    ///
    /// @param kernel  its class
    /// @param scratch whether multiplying takes scratch
    public static TypeSpec of(ClassName name, LoweredKernel lowered, ClassName kernel, boolean scratch) {
        TypeSpec.Builder type = TypeSpec.classBuilder(name)
                .addModifiers(Modifier.PUBLIC)
                .addJavadoc("$L", """
                        Times the kernel on one thread, weights cold: each call takes the next of many copies, together COLD_BYTES long. \
                        Set the property `cold` if a cache of the machine holds more. A call reads Weights.BYTES for each matrix, so GB/s \
                        are those divided by ns/op; `main` prints them.
                        """)
                .addAnnotation(annotation("State", "value", CodeBlock.of("$T.Benchmark", ClassName.get(JMH, "Scope"))))
                .addAnnotation(annotation("BenchmarkMode", "value", CodeBlock.of("$T.AverageTime", ClassName.get(JMH, "Mode"))))
                .addAnnotation(annotation("OutputTimeUnit", "value", CodeBlock.of("$T.NANOSECONDS", TimeUnit.class)))
                .addAnnotation(times("Warmup", 5))
                .addAnnotation(times("Measurement", 5))
                .addAnnotation(AnnotationSpec.builder(ClassName.get(JMH, "Fork")).addMember("value", "1")
                        .addMember("jvmArgsAppend", "{$S, $S, $S, $S, $S}", "--add-modules=jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED", "-XX:-TieredCompilation", "-XX:CompileCommand=quiet",
                                "-XX:CompileCommand=CompileThresholdScaling," + kernel.canonicalName() + "::*,0.05").build());
        type.addField(FieldSpec.builder(TypeName.LONG, "COLD_BYTES", Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer("Long.getLong($S, 512L << 20)", "cold").build());
        type.addField(FieldSpec.builder(SEGMENT, "prepared", Modifier.PRIVATE).build());
        type.addField(FieldSpec.builder(ArrayTypeName.of(ArrayTypeName.of(SEGMENT)), "copies", Modifier.PRIVATE)
                .addJavadoc("The segments of each call.\n").build());
        if (scratch) type.addField(FieldSpec.builder(SEGMENT, "scratch", Modifier.PRIVATE).build());
        type.addField(FieldSpec.builder(SEGMENT, "activations", Modifier.PRIVATE).build());
        type.addField(FieldSpec.builder(TypeName.INT, "next", Modifier.PRIVATE).build());
        int matrices = lowered.definition().weights().size();
        return type.addMethod(fill(lowered, scratch, matrices))
                .addMethod(multiplying(lowered, scratch))
                .addMethod(preparing())
                .addMethod(main(name, matrices))
                .build();
    }

    private static AnnotationSpec annotation(String name, String member, CodeBlock value) {
        return AnnotationSpec.builder(ClassName.get(JMH, name)).addMember(member, value).build();
    }

    private static AnnotationSpec times(String name, int iterations) {
        return AnnotationSpec.builder(ClassName.get(JMH, name)).addMember("iterations", "$L", iterations).addMember("time", "2").build();
    }

    private static MethodSpec fill(LoweredKernel lowered, boolean scratch, int matrices) {
        String scale = WeightsSource.hasScale(lowered.packing()) ? "1, " : "";
        MethodSpec.Builder method = method("fill", "Setup")
                .addStatement("$T arena = $T.ofAuto()", Arena.class, Arena.class)
                .addStatement("$T packed = arena.allocate(WEIGHT_BYTES, 64)", SEGMENT)
                .addStatement("Weights.pack(Weights.random(1), $Lpacked)", scale)
                .addStatement("prepared = arena.allocate(PREPARED_BYTES, 64)")
                .addStatement("activations = arena.allocate((long) MAX_TOKENS * K + SLACK, 64)");
        if (scratch) method.addStatement("scratch = arena.allocate(MULTIPLY_SCRATCH_BYTES, 64)");
        method.addStatement("preparing()")
                .addStatement("copies = new $T[(int) Math.max(2, COLD_BYTES / ($LWeights.BYTES) + 1)][]", SEGMENT, times(matrices))
                .beginControlFlow("for (int i = 0; i < copies.length; i++)");
        var segments = new ArrayList<String>();
        for (Param param : lowered.definition().params()) segments.add(segment(param));
        segments.add(numbers(lowered.definition().result()));
        method.addStatement("copies[i] = new $T[] {$L}", SEGMENT, String.join(", ", segments));
        return method.endControlFlow().build();
    }

    private static String times(int matrices) {
        return matrices == 1 ? "" : matrices + " * ";
    }

    private static String segment(Param param) {
        return switch (param.kind()) {
            case I8 -> "prepared";
            case WEIGHT -> "arena.allocate(WEIGHT_BYTES, 64).copyFrom(packed)";
            case I32, F32 -> numbers(param);
        };
    }

    private static String numbers(Param param) {
        return "arena.allocate(4L * " + FormulaSource.elements(param).replace("n", "MAX_TOKENS") + " + SLACK, 64)";
    }

    private static MethodSpec multiplying(LoweredKernel lowered, boolean scratch) {
        var segments = new ArrayList<String>();
        for (int i = 0; i <= lowered.definition().params().size(); i++) segments.add("copy[" + i + "]");
        return method("multiplying", "Benchmark")
                .addStatement("$T[] copy = copies[next]", SEGMENT)
                .addStatement("next = (next + 1) % copies.length")
                .addStatement("multiply($L, $LMAX_TOKENS, 0, MULTIPLY_BLOCKS)", String.join(", ", segments), scratch ? "scratch, " : "")
                .build();
    }

    private static MethodSpec preparing() {
        return method("preparing", "Benchmark").addStatement("prepare(activations, prepared, MAX_TOKENS)").build();
    }

    private static MethodSpec.Builder method(String name, String annotation) {
        return MethodSpec.methodBuilder(name).addModifiers(Modifier.PUBLIC).addAnnotation(ClassName.get(JMH, annotation));
    }

    private static MethodSpec main(ClassName name, int matrices) {
        ClassName result = ClassName.get("org.openjdk.jmh.results", "RunResult");
        return MethodSpec.methodBuilder("main").addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addJavadoc("Runs the benchmark, and prints what the times mean.\n\n@param arguments of JMH\n")
                .addParameter(ArrayTypeName.of(ClassName.get(String.class)), "arguments").varargs()
                .addException(Exception.class)
                .addStatement("var options = new $T().parent(new $T(arguments)).include($T.class.getName()).build()",
                        ClassName.get("org.openjdk.jmh.runner.options", "OptionsBuilder"),
                        ClassName.get("org.openjdk.jmh.runner.options", "CommandLineOptions"), name)
                .beginControlFlow("for ($T one : new $T(options).run())", result, ClassName.get("org.openjdk.jmh.runner", "Runner"))
                .addStatement("double nanos = one.getPrimaryResult().getScore()")
                .addStatement("String label = one.getPrimaryResult().getLabel()")
                .addStatement("System.out.printf($S, label, nanos)", "%s: %,.0f ns")
                .addStatement("if (label.equals($S)) System.out.printf($S, $LWeights.BYTES / nanos)", "multiplying",
                        ", %.2f GB/s of weights", times(matrices))
                .addStatement("System.out.println()")
                .endControlFlow()
                .build();
    }
}
