package tern.codegen.machine.export;

import static java.util.Locale.ROOT;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tern.codegen.machine.Argument;
import tern.codegen.machine.CFunction;
import tern.codegen.source.FormulaText;
import tern.codegen.source.PackerText;
import tern.codegen.source.Template;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.device.CompileException;
import tern.ir.device.LoweredKernel;

/// A program in C that checks a kernel against plain loops, and prints a speed.
final class TestSource {

    /// Tokens, if the kernel takes so many.
    private static final int TOKENS = 3;

    private final NativeExport export;
    private final LoweredKernel lowered;
    private final KernelDef kernel;
    private final CNames names;

    TestSource(NativeExport export) {
        this.export = export;
        this.lowered = export.lowered();
        this.kernel = lowered.definition();
        this.names = new CNames(kernel);
    }

    String text() {
        Map<String, String> values = kernel.params().stream().collect(Collectors.toMap(Param::name, this::plain));
        for (Param w : kernel.weights()) values.put(w.name(), names.of(w) + "Sum");
        var formula = new FormulaText(kernel, values, FormulaText.Syntax.C);
        String data = kernel.params().stream().map(this::data).collect(Collectors.joining("\n"));
        String sums = kernel.weights().stream().map(this::sum).collect(Collectors.joining("\n"));
        var words = new HashMap<String, String>();
        words.put("NAME", export.name());
        words.put("tiles", export.hasTiles() ? "#include <sys/syscall.h>\nlong syscall(long number, ...);\n" : "");
        words.put("ask", export.hasTiles() ? "    if (syscall(SYS_arch_prctl, 0x1023, 18)) return 2; /* no tiles here */\n" : "");
        words.put("m", "" + lowered.m());
        words.put("k", "" + lowered.k());
        words.put("n", "" + Math.min(TOKENS, lowered.maxTokens()));
        words.put("parameters", kernel.params().stream().map(p -> "const " + plainType(p) + " *" + plain(p)).collect(Collectors.joining(", ")));
        words.put("arguments", kernel.params().stream().map(this::plain).collect(Collectors.joining(", ")));
        words.put("type", CNames.type(kernel.result().kind()));
        words.put("y", names.of(kernel.result()));
        words.put("w", names.of(kernel.weights().getFirst()));
        words.put("matrices", "" + kernel.weights().size());
        words.put("data", data);
        words.put("sums", sums);
        words.put("value", formula.value());
        words.put("prepareArguments", arguments(export.prepare(), List.of(names.of(kernel.activations()), "prepared")));
        words.put("multiplyArguments", arguments(export.multiply(), multiplied()));
        String functions = Template.of(TestSource.class, "numbers.c", Map.of()) + CText.of(FormulaText.functions(FormulaText.Syntax.C), export.name());
        words.put("functions", CText.called(functions, data + sums + formula.value()));
        return Template.of(TestSource.class, "test.c", words);
    }

    private List<String> multiplied() {
        var all = new java.util.ArrayList<>(kernel.params().stream().map(p -> p.kind() == Kind.I8 ? "prepared" : names.of(p)).toList());
        all.add(names.of(kernel.result()));
        return all;
    }

    private static String arguments(CFunction function, List<String> buffers) {
        String numbers = function.arguments().stream().filter(Argument.Number.class::isInstance)
                .map(argument -> ", " + ((Argument.Number) argument).scalar().var().name()).collect(Collectors.joining());
        return String.join(", ", buffers) + numbers;
    }

    /// Of the numbers that plain loops read.
    private String plain(Param param) {
        return switch (param.kind()) {
            case WEIGHT, F16, BF16 -> names.of(param) + "Plain";
            case I8, I32, F32 -> names.of(param);
        };
    }

    private static String plainType(Param param) {
        return switch (param.kind()) {
            case WEIGHT, I8 -> "int8_t";
            case F16, BF16, F32 -> "float";
            case I32 -> "int32_t";
        };
    }

    /// Random numbers for a parameter.
    private String data(Param param) {
        String name = names.of(param), elements = param.kind() == Kind.WEIGHT ? "" : CNames.elements(param, lowered.m(), lowered.k());
        return switch (param.kind()) {
            case WEIGHT -> String.format(ROOT, """
                    int8_t *%1$sPlain = allocate((int64_t) M * K);
                    void *%1$s = allocate(%2$s_PACKED_BYTES);
                    %2$s_random(%3$d, %1$sPlain);
                    right &= %2$s_pack(%1$sPlain, %4$s%1$s) == 0;""", name, export.name(), kernel.params().indexOf(param),
                    PackerText.hasScale(lowered.packing()) ? "1, " : "");
            case I8 -> filled("int8_t", name, elements, "(int8_t) draw()");
            case I32 -> filled("int32_t", name, elements, "(int32_t) (draw() % 2001) - 1000");
            case F32 -> filled("float", name, elements, "(float) (draw() % 65536) / 65536 - 0.5f");
            case F16 -> filled("uint16_t", name, elements, "(uint16_t) (0x2c00 + draw() % 0x1000)") + "\n"
                    + filled("float", name + "Plain", elements, "half(" + name + "[e])");
            case BF16 -> filled("uint16_t", name, elements, "(uint16_t) (0x3d00 + draw() % 0x200)") + "\n"
                    + filled("float", name + "Plain", elements, "brain(" + name + "[e])");
        };
    }

    private static String filled(String type, String name, String elements, String value) {
        return """
                %1$s *%2$s = allocate(%3$s * (int64_t) sizeof *%2$s);
                for (int e = 0; e < %3$s; e++) %2$s[e] = %4$s;""".formatted(type, name, elements, value);
    }

    private String sum(Param w) {
        List<Formula.Groups> groups = kernel.groups(w.name());
        String x = names.of(kernel.activations());
        if (groups.isEmpty()) return """
                int32_t %1$sSum = 0;
                for (int k = 0; k < K; k++) %1$sSum += %2$s[i * K + k] * %1$sPlain[j * K + k];""".formatted(names.of(w), x);
        if (groups.size() > 1) throw new CompileException(lowered.name(), "several sums over groups of " + w.name() + " are not exported");
        String scales = groups.getFirst().scales().stream().map(scale -> scale(kernel.param(scale.param()))).collect(Collectors.joining(" * "));
        return String.format(ROOT, """
                float %1$sSum = 0;
                for (int g = 0; g * %3$d < K; g++) {
                    int32_t sum = 0;
                    for (int k = g * %3$d; k < K && k < (g + 1) * %3$d; k++) sum += %2$s[i * K + k] * %1$sPlain[j * K + k];
                    %1$sSum = fmaf((float) sum, %4$s, %1$sSum);
                }""", names.of(w), x, kernel.group(), scales);
    }

    /// The scale of group `g` of the sum.
    private String scale(Param param) {
        String index = "";
        for (String dim : param.dims()) {
            int group = KernelDef.groupOf(dim);
            String own = group == 0 ? (dim.equals("n") ? "i" : "j") : group == kernel.group() ? "g" : String.format(ROOT, "g * %d / %d", kernel.group(), group);
            String size = dim.equals("n") ? "n" : "" + KernelDef.size(dim, 0, lowered.m(), lowered.k());
            index = index.isEmpty() ? own : (index.contains(" ") ? "(" + index + ")" : index) + " * " + size + " + " + own;
        }
        return plain(param) + "[" + (index.isEmpty() ? "0" : index) + "]";
    }
}
