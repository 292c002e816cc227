package tern.codegen.jvm.source;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.NameAllocator;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.lang.model.element.Modifier;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.device.LoweredKernel;
import tern.ir.text.Printer;

/// An example that shows how a kernel is called, and checks it: random weights are packed, activations prepared and multiplied, on one
/// thread and on several, and every result is compared with plain loops.
public final class ExampleSource {

    /// Tokens, where the kernel takes so many.
    private static final int TOKENS = 3;

    private final LoweredKernel lowered;
    private final KernelDef kernel;
    private final boolean scratch;
    private final NameAllocator names = new NameAllocator();

    private ExampleSource(LoweredKernel lowered, boolean scratch) {
        this.lowered = lowered;
        this.kernel = lowered.definition();
        this.scratch = scratch;
        for (String own : List.of("n", "i", "j", "k", "M", "K", "random", "arena", "prepared", "scratch", "part", "parts", "from", "to", "wrong",
                "back", "read", "again", "arguments", "expected", "result"))
            names.newName(own, own);
        for (Param param : kernel.params()) names.newName(Names.variable(param.name()), param);
        names.newName(Names.variable(kernel.result().name()), kernel.result());
        for (Param param : kernel.params()) names.newName(name(param) + "Memory", memoryTag(param));
        names.newName(name(kernel.result()) + "Memory", memoryTag(kernel.result()));
        for (Param param : kernel.weights()) names.newName(name(param) + "Sum", sumTag(param));
    }

    /// Adds `main` and what it needs to a class that sees the members of the kernel's class by their simple names, and has the
    /// packer of [WeightsSource].
    ///
    /// @param scratch whether multiplying takes scratch
    public static void addTo(TypeSpec.Builder type, LoweredKernel lowered, boolean scratch) {
        new ExampleSource(lowered, scratch).addTo(type);
    }

    private static String memoryTag(Param param) {
        return "memory of " + param.name();
    }

    private static String sumTag(Param param) {
        return "sum of " + param.name();
    }

    private String name(Param param) {
        return names.get(param);
    }

    private String memory(Param param) {
        return names.get(memoryTag(param));
    }

    private void addTo(TypeSpec.Builder type) {
        type.addMethod(main());
        type.addMethod(expected(type));
        type.addMethod(inputMethod());
    }

    private MethodSpec main() {
        MethodSpec.Builder method = MethodSpec.methodBuilder("main").addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addJavadoc("An example of use, which checks the kernel. Ends with status 1 if a result is wrong.\n")
                .addParameter(ArrayTypeName.of(ClassName.get(String.class)), "arguments");
        method.addStatement("int n = Math.min(MAX_TOKENS, $L)", TOKENS)
                .addStatement("$T random = new $T(1)", Random.class, Random.class);
        for (Param param : kernel.params()) method.addCode(data(param));
        method.beginControlFlow("try ($T arena = $T.ofShared())", Arena.class, Arena.class);
        for (Param param : kernel.params()) method.addCode(inMemory(param));
        Param result = kernel.result();
        method.addStatement("$T prepared = arena.allocate(PREPARED_BYTES, 64)", MemorySegment.class)
                .addStatement("$T $N = arena.allocate(4L * $L, 64)", MemorySegment.class, memory(result), FormulaSource.elements(result))
                .addCode("\n")
                .addStatement("prepare($N, prepared, n)", memory(kernel.activations()))
                .addStatement("multiply($L, n)", arguments());
        method.addStatement("$T $N = $N.toArray($L)", arrayOf(result), name(result), memory(result), layout(result));
        method.addCode(compare(result)).addCode(threads(result)).addCode(unpacked());
        return method.endControlFlow().build();
    }

    /// Random numbers for a parameter.
    private CodeBlock data(Param param) {
        String name = name(param), elements = FormulaSource.elements(param);
        return switch (param.kind()) {
            case WEIGHT -> CodeBlock.builder().addStatement("byte[] $N = Weights.random($L)", name,
                    kernel.params().indexOf(param)).build();
            case I8 -> CodeBlock.builder().addStatement("byte[] $N = new byte[$L]", name, elements)
                    .addStatement("random.nextBytes($N)", name).build();
            case I32 -> CodeBlock.builder().addStatement("int[] $N = random.ints($L, -1000, 1000).toArray()", name, elements).build();
            case F32 -> CodeBlock.builder().addStatement("float[] $N = new float[$L]", name, elements)
                    .addStatement("for (int i = 0; i < $N.length; i++) $N[i] = random.nextFloat() - 0.5f", name, name).build();
        };
    }

    private CodeBlock inMemory(Param param) {
        CodeBlock.Builder code = CodeBlock.builder();
        if (param.kind() != Kind.WEIGHT)
            return code.addStatement("$T $N = input(arena, $T.ofArray($N))", MemorySegment.class, memory(param), MemorySegment.class,
                    name(param)).build();
        String scale = WeightsSource.hasScale(lowered.packing()) ? "1, " : "";
        return code.addStatement("$T $N = arena.allocate(WEIGHT_BYTES, 64)", MemorySegment.class, memory(param))
                .addStatement("Weights.pack($N, $L$N)", name(param), scale, memory(param)).build();
    }

    /// The segments of `multiply`: the prepared activations in the place of the activations.
    private String arguments() {
        var all = new ArrayList<String>();
        for (Param param : kernel.params()) all.add(param.kind() == Kind.I8 ? "prepared" : memory(param));
        all.add(memory(kernel.result()));
        return String.join(", ", all);
    }

    private CodeBlock compare(Param result) {
        return CodeBlock.builder()
                .addStatement("$T expected = expected(n, $L)", arrayOf(result), inputs())
                .addStatement("boolean wrong = !$T.equals($N, expected)", Arrays.class, name(result))
                .addStatement("System.out.printf($S, $N.length, wrong ? $S : $S)", "%,d results of plain loops: %s%n", name(result),
                        "NOT EQUAL", "equal, bit for bit")
                .add("\n")
                .build();
    }

    private String inputs() {
        return String.join(", ", kernel.params().stream().map(this::name).toList());
    }

    private CodeBlock threads(Param result) {
        String list = arguments();
        return CodeBlock.builder()
                .add("// Any threads may share the blocks$L.\n", scratch ? ", each with scratch of its own" : "")
                .addStatement("int parts = Math.min(4, MULTIPLY_BLOCKS)")
                .addStatement("$N.fill((byte) 0)", memory(result))
                .add("$T.range(0, parts).parallel().forEach(part -> {\n", IntStream.class)
                .indent()
                .add(scratch ? CodeBlock.builder().addStatement("$T scratch = arena.allocate(MULTIPLY_SCRATCH_BYTES, 64)",
                        MemorySegment.class).build() : CodeBlock.of(""))
                .addStatement("int from = MULTIPLY_BLOCKS * part / parts, to = MULTIPLY_BLOCKS * (part + 1) / parts")
                .addStatement("multiply($L, $Ln, from, to)", list, scratch ? "scratch, " : "")
                .unindent()
                .add("});\n")
                .addStatement("boolean again = $T.equals($N, $N.toArray($L))", Arrays.class, name(result), memory(result), layout(result))
                .addStatement("System.out.printf($S, parts, again ? $S : $S)", "in %d parts: %s%n", "equal", "NOT EQUAL")
                .add("\n")
                .build();
    }

    private CodeBlock unpacked() {
        Param first = kernel.weights().getFirst();
        return CodeBlock.builder()
                .addStatement("byte[] back = new byte[M * K]")
                .addStatement("Weights.unpack($N, back)", memory(first))
                .addStatement("boolean read = $T.equals($N, back)", Arrays.class, name(first))
                .addStatement("System.out.println($S + (read ? $S : $S))", "weights read back: ", "equal", "NOT EQUAL")
                .addStatement("if (wrong || !again || !read) System.exit(1)")
                .build();
    }

    /// The kernel's definition in loops.
    private MethodSpec expected(TypeSpec.Builder type) {
        Param result = kernel.result(), x = kernel.activations();
        MethodSpec.Builder method = MethodSpec.methodBuilder("expected").addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("What the kernel means, in plain loops.\n\n<pre>{@code\n$L}</pre>\n", Printer.print(kernel))
                .returns(arrayOf(result))
                .addParameter(TypeName.INT, "n");
        for (Param param : kernel.params()) method.addParameter(arrayOf(param), name(param));
        method.addStatement("$T result = new $T[n * M]", arrayOf(result), FormulaSource.type(result.kind()));
        method.beginControlFlow("for (int i = 0; i < n; i++)").beginControlFlow("for (int j = 0; j < M; j++)");
        Map<String, String> inFormula = new LinkedHashMap<>();
        for (Param param : kernel.params()) inFormula.put(param.name(), name(param));
        for (Param weight : kernel.weights()) {
            String sum = names.get(sumTag(weight));
            inFormula.put(weight.name(), sum);
            method.addStatement("int $N = 0", sum)
                    .addStatement("for (int k = 0; k < K; k++) $N += $N[i * K + k] * $N[j * K + k]", sum, name(x), name(weight));
        }
        var formula = new FormulaSource(kernel, inFormula);
        method.addStatement("result[i * M + j] = $L", formula.value()).endControlFlow().endControlFlow();
        formula.addFunctions(type);
        return method.addStatement("return result").build();
    }

    private MethodSpec inputMethod() {
        return MethodSpec.methodBuilder("input").addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("A copy in native memory, with bytes behind it that a kernel may touch.\n")
                .returns(MemorySegment.class)
                .addParameter(SegmentAllocator.class, "arena")
                .addParameter(MemorySegment.class, "data")
                .addStatement("return arena.allocate(data.byteSize() + SLACK, 64).copyFrom(data)")
                .build();
    }

    private static TypeName arrayOf(Param param) {
        return ArrayTypeName.of(FormulaSource.type(param.kind()));
    }

    private static String layout(Param param) {
        return param.kind() == Kind.I32 ? "JAVA_INT" : "JAVA_FLOAT";
    }
}
