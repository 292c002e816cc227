package tern.codegen.jvm.source;

import static java.util.Locale.ROOT;

import com.palantir.javapoet.NameAllocator;
import com.palantir.javapoet.TypeSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import tern.codegen.source.FormulaText;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.device.LoweredKernel;

/// An example that shows how a kernel is called, and checks it: random weights are packed, activations prepared and multiplied, on one
/// thread and on several, and every result is compared with plain loops.
public final class ExampleSource {

    private final LoweredKernel lowered;
    private final KernelDef kernel;
    private final NameAllocator names = new NameAllocator();

    private ExampleSource(LoweredKernel lowered) {
        this.lowered = lowered;
        this.kernel = lowered.definition();
        for (String own : List.of("n", "i", "j", "k", "M", "K", "random", "arena", "prepared", "scratch", "part", "parts", "from", "to", "wrong",
                "back", "read", "again", "arguments", "expected", "result"))
            names.newName(own, own);
        for (Param param : kernel.params()) names.newName(Names.variable(param.name()), param);
        names.newName(Names.variable(kernel.result().name()), kernel.result());
    }

    /// Adds `main` and what it needs to the class of a kernel that has the packer of [WeightsSource].
    ///
    /// @param scratch whether multiplying takes scratch
    public static void addTo(TypeSpec.Builder type, LoweredKernel lowered, boolean scratch) {
        new ExampleSource(lowered).write(type, scratch);
    }

    private String name(Param param) {
        return names.get(param);
    }

    private void write(TypeSpec.Builder type, boolean scratch) {
        Param y = kernel.result();
        Map<String, String> values = kernel.params().stream().collect(Collectors.toMap(Param::name, this::name));
        for (Param w : kernel.weights()) values.put(w.name(), name(w) + "Sum");
        var own = new HashMap<String, String>();
        own.put("data", each("\n", kernel.params(), this::data));
        own.put("memory", each("\n", kernel.params(), this::memory));
        own.put("y", name(y));
        own.put("x", name(kernel.activations()));
        own.put("w", name(kernel.weights().getFirst()));
        own.put("elements", elements(y));
        own.put("segments", each("", kernel.params(), p -> (p.kind() == Kind.I8 ? "prepared" : name(p) + "Memory") + ", ") + name(y) + "Memory");
        own.put("type", element(y.kind()));
        own.put("layout", y.kind() == Kind.I32 ? "JAVA_INT" : "JAVA_FLOAT");
        own.put("arrays", each(", ", kernel.params(), this::name));
        own.put("scratch", scratch ? ", each with scratch of its own" : "");
        own.put("own", scratch ? "arena.allocate(MULTIPLY_SCRATCH_BYTES, 64), " : "");
        own.put("parameters", each(", ", kernel.params(), p -> element(p.kind()) + "[] " + name(p)));
        own.put("sums", each("\n", kernel.weights(), w -> """
                int %1$sSum = 0;
                for (int k = 0; k < K; k++) %1$sSum += %2$s[i * K + k] * %1$s[j * K + k];"""
                .formatted(name(w), name(kernel.activations()))));
        var formula = new FormulaText(kernel, values, FormulaText.Syntax.JAVA);
        own.put("value", formula.value());
        JavaText.addMethods(type, "example.java", own, "");
        JavaText.addMethods(type, FormulaText.functions(FormulaText.Syntax.JAVA), formula.value());
    }

    private static <T> String each(String between, List<T> all, Function<T, String> text) {
        return all.stream().map(text).collect(Collectors.joining(between));
    }

    /// Random numbers for a parameter.
    private String data(Param param) {
        return switch (param.kind()) {
            case WEIGHT -> String.format(ROOT, "byte[] %1$s = new byte[M * K];\nWeights.random(%2$d, %1$s);", name(param), kernel.params().indexOf(param));
            case I8 -> "byte[] %1$s = new byte[%2$s];\nrandom.nextBytes(%1$s);".formatted(name(param), elements(param));
            case I32 -> "int[] %s = random.ints(%s, -1000, 1000).toArray();".formatted(name(param), elements(param));
            case F32 -> """
                    float[] %1$s = new float[%2$s];
                    for (int i = 0; i < %1$s.length; i++) %1$s[i] = random.nextFloat() - 0.5f;""".formatted(name(param), elements(param));
            case F16, BF16 -> throw new IllegalArgumentException("no numbers of " + param.kind());
        };
    }

    private String memory(Param param) {
        String name = name(param);
        if (param.kind() != Kind.WEIGHT) return "MemorySegment %1$sMemory = input(arena, MemorySegment.ofArray(%1$s));".formatted(name);
        return "MemorySegment %1$sMemory = arena.allocate(WEIGHT_BYTES, 64);\nWeights.pack(%1$s, %2$s%1$sMemory);"
                .formatted(name, WeightsSource.hasScale(lowered.packing()) ? "1, " : "");
    }

    /// Elements of a parameter that is no weight.
    static String elements(Param param) {
        return param.dims().isEmpty() ? "1" : each(" * ", param.dims(), dim -> dim.equals("n") ? "n" : dim.equals("m") ? "M" : "K");
    }

    private static String element(Kind kind) {
        return switch (kind) {
            case I8, WEIGHT -> "byte";
            case I32 -> "int";
            case F32 -> "float";
            case F16, BF16 -> throw new IllegalArgumentException("no array of " + kind);
        };
    }
}
