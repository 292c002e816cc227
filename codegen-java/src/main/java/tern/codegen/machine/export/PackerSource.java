package tern.codegen.machine.export;

import static java.util.Locale.ROOT;

import java.util.Map;
import java.util.stream.Collectors;
import tern.codegen.source.PackerText;
import tern.codegen.source.Template;
import tern.ir.Packing;
import tern.ir.ScaleType;
import tern.ir.device.LoweredKernel;

/// The packer of a kernel in C99.
final class PackerSource {

    private static final PackerText.Language C = new PackerText.Language(
            "const ", "int", "int8_t digits[PLACES];\nbool known[PLACES];", "return -1;", "return -1;", "return 0;",
            "@return 0; -1 if no code holds some weights", "@return 0; -1 if some code means nothing");

    private PackerSource() {}

    /// @param name in front of what it defines for others
    static String of(LoweredKernel lowered, String name) {
        Packing packing = lowered.packing();
        var packer = new PackerText(packing, lowered.m(), lowered.k());
        String functions = CText.of(packer.functions(C), name);
        String memory = CText.called(Template.of(PackerSource.class, "memory.c", Map.of("scaleBits", scaleBits(packing))), functions);
        return Template.of(PackerSource.class, "packer.c", Map.of(
                "NAME", name,
                "packing", packing.name(),
                "constants", packer.constants().entrySet().stream()
                        .filter(entry -> entry.getValue() instanceof Integer)
                        .map(entry -> entry.getKey() + " = " + entry.getValue())
                        .collect(Collectors.joining(", ")),
                "bytes", "" + packer.constants().get("BYTES"),
                "tables", packer.tables().stream().map(PackerSource::table).collect(Collectors.joining("\n")),
                "declarations", CText.declarations(functions),
                "memory", memory,
                "functions", functions));
    }

    private static String table(PackerText.Table table) {
        return (table.remark().isEmpty() ? "" : "// " + table.remark() + "\n")
                + String.format(ROOT, "static const int %s[] = {%s};", table.name(), CText.numbers(table.numbers()));
    }

    private static String scaleBits(Packing packing) {
        Packing.Scale scale = packing.scale();
        ScaleType type = scale == null ? ScaleType.F32 : scale.type();
        return switch (type) {
            case F32 -> "bitsOf";
            case F16 -> "halfOf";
            case BF16 -> "bfloatOf";
            case E8M0 -> throw new IllegalArgumentException("a scale of " + type);
        };
    }
}
