package tern.codegen.jvm.source;

import static java.util.Locale.ROOT;

import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.util.Map;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import tern.codegen.source.PackerText;
import tern.ir.Packing;
import tern.ir.ScaleType;
import tern.ir.text.Printer;

/// The packer of a kernel in Java: a nested class `Weights` that packs a matrix, reads it back, and makes random ones.
public final class WeightsSource {

    private static final PackerText.Language JAVA = new PackerText.Language(
            "", "void", "byte[] digits = new byte[PLACES];\nboolean[] known = new boolean[PLACES];",
            "throw new IllegalArgumentException(\"no code holds some of the weights\");",
            "throw new IllegalArgumentException(\"a code means nothing\");", "",
            "@throws IllegalArgumentException if no code holds some weights", "@throws IllegalArgumentException if some code means nothing");

    /// Numbers of a table from which they are text.
    private static final int LONG = 64;

    private WeightsSource() {}

    /// @param m rows of the matrix
    /// @param k columns
    public static TypeSpec of(Packing packing, int m, int k) {
        var packer = new PackerText(packing, m, k);
        TypeSpec.Builder type = TypeSpec.classBuilder("Weights").addModifiers(Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
                .addJavadoc("$L", JavaText.wrapped(words(packing, packer)));
        packer.constants().forEach((name, value) -> JavaText.addConstant(type, name, value));
        for (PackerText.Table table : packer.tables()) {
            boolean text = table.numbers().size() > LONG;
            String value = text ? "numbers(\n        " + JavaText.numbers(table.numbers()) + ")"
                    : table.numbers().stream().map(String::valueOf).collect(Collectors.joining(", ", "{", "}"));
            JavaText.addField(type, "private static final int[] " + table.name(), value, table.remark());
        }
        type.addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
        String functions = packer.functions(JAVA);
        JavaText.addMethods(type, functions, "numbers(");
        JavaText.addMethods(type, "weights.java", Map.of("scaleBits", scaleBits(packing)), functions + "numbers(");
        return type.build();
    }

    /// Whether [#of] gives a packer that takes a scale.
    public static boolean hasScale(Packing packing) {
        return PackerText.hasScale(packing);
    }

    private static String scaleBits(Packing packing) {
        Packing.Scale scale = packing.scale();
        ScaleType type = scale == null ? ScaleType.F32 : scale.type();
        return switch (type) {
            case F32 -> "Float.floatToRawIntBits(scale)";
            case F16 -> "Float.floatToFloat16(scale)";
            case BF16 -> "bfloat16(scale)";
            case E8M0 -> throw new IllegalArgumentException("a scale of " + type);
        };
    }

    private static String words(Packing packing, PackerText packer) {
        return String.format(ROOT, """
                Weights in packing %s: %s bits each. `bitAt` and `digitAt` say where each lies.

                <pre>{@code
                %s}</pre>

                %s
                """, packing.name(), packer.bits(), Printer.printWithCodecs(packing), packer.words());
    }
}
