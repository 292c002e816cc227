package tern.codegen.jvm.source;

import static com.palantir.javapoet.MethodSpec.methodBuilder;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.lang.model.element.Modifier;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.Packing.Extra;
import tern.ir.Packing.Section;
import tern.ir.text.Printer;

/// The packer of a kernel in Java: a nested class `Weights` that packs a matrix, reads it back, and makes random ones. It follows
/// from the packing as [tern.ir.Packer] does: places by their layouts, codes by enumeration.
public final class WeightsSource {

    private static final TypeName BYTES = ArrayTypeName.of(TypeName.BYTE), INTS = ArrayTypeName.of(TypeName.INT),
            SEGMENT = ClassName.get(MemorySegment.class);

    private final Packing packing;
    private final int m, k;
    private final TypeSpec.Builder type;
    /// By codec name: several sections may have one.
    private final Map<String, CodeTable> tables = new LinkedHashMap<>();

    private WeightsSource(Packing packing, int m, int k) {
        this.packing = packing;
        this.m = m;
        this.k = k;
        this.type = TypeSpec.classBuilder("Weights");
        for (Section section : packing.sections())
            tables.computeIfAbsent(section.codec().name(), codec -> new CodeTable(section.codec(), label(codec)));
    }

    /// Part of the names of a codec's tables.
    private String label(String codec) {
        String label = codec.toUpperCase(Locale.ROOT);
        boolean taken = tables.values().stream().anyMatch(table -> table.label().equals(label));
        return taken ? label + "_" + tables.size() : label;
    }

    /// @param m rows of the matrix
    /// @param k columns
    public static TypeSpec of(Packing packing, int m, int k) {
        return new WeightsSource(packing, m, k).type();
    }

    /// Whether [#of] gives a packer that takes a scale.
    public static boolean hasScale(Packing packing) {
        return !packing.extras().isEmpty() || !packing.tail().isEmpty();
    }

    private TypeSpec type() {
        type.addModifiers(Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
                .addJavadoc("$L", PackingWords.of(packing))
                .addField(constant(TypeName.INT, "M", "$L", m))
                .addField(constant(TypeName.INT, "K", "$L", k))
                .addField(constant(TypeName.LONG, "BYTES", "$LL", packing.bytes(m, k)).toBuilder()
                        .addJavadoc("Of the packed matrix.\n").build())
                .addField(constant(TypeName.INT, "ROW_TILES", "$L", packing.rowTiles(m)))
                .addField(constant(TypeName.INT, "COLUMN_TILES", "$L", packing.columnTiles(k)))
                .addField(constant(TypeName.INT, "TILE_BYTES", "$L", packing.tileBytes()));
        tables.values().forEach(this::table);
        type.addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
        pack();
        unpack();
        random();
        places();
        for (Fixed one : Fixed.values()) type.addMethod(one.method());
        if (hasScale(packing)) type.addMethod(scaleMethod());
        return type.build();
    }

    private static FieldSpec constant(TypeName type, String name, String format, Object value) {
        return FieldSpec.builder(type, name, Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL).initializer(format, value).build();
    }

    private void table(CodeTable table) {
        type.addField(FieldSpec.builder(INTS, table.codes(), Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .addJavadoc("$L", table.codesDoc())
                .initializer("numbers($L)", table.codesText())
                .build());
        type.addField(FieldSpec.builder(INTS, table.meanings(), Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .addJavadoc("$L", table.meaningsDoc())
                .initializer("numbers($L)", table.meaningsText())
                .build());
    }

    // Public methods

    private void pack() {
        MethodSpec.Builder method = methodBuilder("pack").addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addJavadoc("Packs a matrix.\n\n@param weights [M, K], row by row\n")
                .addParameter(BYTES, "weights");
        if (hasScale(packing)) {
            method.addParameter(TypeName.FLOAT, "scale");
            method.addJavadoc("@param scale of the matrix, kept beside the weights; the kernel does not read it\n");
        }
        method.addJavadoc("@param packed BYTES long or longer\n@throws IllegalArgumentException if no code holds some weights\n")
                .addParameter(SEGMENT, "packed")
                .addStatement("packed.asSlice(0, BYTES).fill((byte) 0)");
        int digits = tables.values().stream().mapToInt(CodeTable::digits).max().orElseThrow();
        method.addStatement("byte[] digits = new byte[TILE_BYTES * $L]", 8 * digits)
                .addStatement("boolean[] known = new boolean[digits.length]");
        CodeBlock.Builder body = CodeBlock.builder();
        for (int s = 0; s < packing.sections().size(); s++) packSection(body, s);
        for (Extra extra : packing.extras()) body.addStatement("scale(packed, tile + $L, $S, scale)", extra.offset(), element(extra));
        tiles(method, body.build());
        for (Extra extra : packing.tail())
            method.addStatement("scale(packed, BYTES - $L, $S, scale)", packing.tailBytes() - extra.offset(), element(extra));
        type.addMethod(method.build());
    }

    private static String element(Extra extra) {
        return extra.element().toString();
    }

    /// Digits of the section's codes first, then code after code.
    private void packSection(CodeBlock.Builder body, int number) {
        Section section = packing.sections().get(number);
        CodeTable table = table(section);
        cells(body, number, inner -> {
            inner.addStatement("int at = $L * $L + $L", bit(number, 0), table.digits(), digit(number))
                    .addStatement("known[at] = i < M && j < K")
                    .addStatement("digits[at] = known[at] ? weights[i * K + j] : 0");
        });
        cells(body, number, inner -> {
            if (table.digits() > 1 && everyCodeHasItsFirstDigit(number)) inner.addStatement("if ($L != 0) continue", digit(number));
            inner.addStatement("int code = code($N, $L, $L, $L, digits, known, $L * $L)",
                    table.codes(), table.low(), table.size(), table.digits(), bit(number, 0), table.digits());
            int below = 0;
            for (int f = 0; f < section.fields().size(); f++) {
                int bits = section.codec().fields().get(f).bits();
                String shifted = below == 0 ? "code" : "code >>> " + below;
                String field = section.fields().size() == 1 ? shifted : shifted + " & " + ((1 << bits) - 1);
                inner.addStatement("put(packed, tile, $L, $L)", bit(number, f), field);
                below += bits;
            }
        });
        body.addStatement("$T.fill(known, false)", Arrays.class).addStatement("$T.fill(digits, (byte) 0)", Arrays.class);
    }

    private boolean everyCodeHasItsFirstDigit(int section) {
        return packing.codes().stream().filter(code -> code.section() == section).map(PackedCode::rows).allMatch(rows -> rows[0] >= 0);
    }

    private void unpack() {
        MethodSpec.Builder method = methodBuilder("unpack").addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addJavadoc("Reads a packed matrix.\n\n@param weights [M, K], to be filled\n")
                .addJavadoc("@throws IllegalArgumentException if some code means nothing\n")
                .addParameter(SEGMENT, "packed")
                .addParameter(BYTES, "weights");
        CodeBlock.Builder body = CodeBlock.builder();
        for (int s = 0; s < packing.sections().size(); s++) {
            int number = s;
            Section section = packing.sections().get(s);
            cells(body, s, inner -> {
                inner.addStatement("if (i >= M || j >= K) continue");
                CodeBlock code = code(section, number);
                CodeTable table = table(section);
                inner.addStatement("int code = $L", code)
                        .addStatement("weights[i * K + j] = (byte) ($L + digit($N, code, $L, $L))",
                                table.low(), table.meanings(), table.size(), digit(number));
            });
        }
        tiles(method, body.build());
        type.addMethod(method.build());
    }

    private CodeBlock code(Section section, int number) {
        var fields = new ArrayList<CodeBlock>();
        int below = 0;
        for (int f = 0; f < section.fields().size(); f++) {
            int bits = section.codec().fields().get(f).bits();
            String shift = below == 0 ? "" : " << " + below;
            fields.add(CodeBlock.of("get(packed, tile, $L, $L)" + shift, bit(number, f), bits));
            below += bits;
        }
        return CodeBlock.join(fields, " | ");
    }

    private void random() {
        MethodSpec.Builder method = methodBuilder("random").addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addJavadoc("A random matrix of weights that the packing can hold, [M, K].\n")
                .returns(BYTES)
                .addParameter(TypeName.LONG, "seed")
                .addStatement("byte[] weights = new byte[M * K]");
        CodeBlock.Builder body = CodeBlock.builder();
        for (int s = 0; s < packing.sections().size(); s++) {
            int number = s;
            CodeTable table = table(packing.sections().get(s));
            cells(body, s, inner -> inner.addStatement("if (i >= M || j >= K) continue")
                    .add("// Weights of one code are drawn together, by its place.\n")
                    .addStatement("int code = draw($N, seed + 8 * tile + $L)", table.meanings(), bit(number, 0))
                    .addStatement("weights[i * K + j] = (byte) ($L + digit($N, code, $L, $L))",
                            table.low(), table.meanings(), table.size(), digit(number)));
        }
        tiles(method, body.build());
        type.addMethod(method.addStatement("return weights").build());
    }

    // Loops

    private void tiles(MethodSpec.Builder method, CodeBlock body) {
        String tile = switch (packing.order()) {
            case K_INNERMOST -> "rowTile * COLUMN_TILES + columnTile";
            case ROWS_INNERMOST -> "columnTile * ROW_TILES + rowTile";
        };
        method.beginControlFlow("for (int rowTile = 0; rowTile < ROW_TILES; rowTile++)")
                .beginControlFlow("for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++)")
                .addStatement("long tile = (long) ($L) * TILE_BYTES", tile)
                .addCode(body)
                .endControlFlow()
                .endControlFlow();
    }

    private interface Body {
        void write(CodeBlock.Builder code);
    }

    /// All weights of a section; i and j are row and column of the matrix.
    private void cells(CodeBlock.Builder code, int number, Body body) {
        Section s = packing.sections().get(number);
        String row = s.row0() == 0 ? "row" : "(row + " + s.row0() + ")", column = s.column0() == 0 ? "k" : "k + " + s.column0();
        code.beginControlFlow("for (int row = 0; row < $L; row++)", s.rows())
                .beginControlFlow("for (int k = 0; k < $L; k++)", s.columns())
                .addStatement("int i = $L, j = columnTile * $L + $L",
                        packing.spread() ? "rowTile + " + row + " * ROW_TILES" : "rowTile * " + packing.rows() + " + " + row,
                        packing.columns(), column);
        body.write(code);
        code.endControlFlow().endControlFlow();
    }

    private CodeTable table(Section section) {
        CodeTable table = tables.get(section.codec().name());
        if (table == null) throw new IllegalArgumentException(section.codec().name());
        return table;
    }

    // Places

    /// The call that tells which digit of its code a weight is.
    private String digit(int section) {
        return tables.values().stream().allMatch(table -> table.digits() == 1) ? "0" : digitMethod(section) + "(row, k)";
    }

    /// The call that tells where a field begins.
    private String bit(int section, int field) {
        return bitMethod(section, field) + "(row, k)";
    }

    private String digitMethod(int section) {
        return "digitOf" + suffix(section);
    }

    private String bitMethod(int section, int field) {
        List<Codec.Field> fields = packing.sections().get(section).codec().fields();
        return "bitOf" + suffix(section) + (fields.size() == 1 ? "" : "_" + fields.get(field).name());
    }

    private String suffix(int section) {
        return packing.sections().size() == 1 ? "" : "" + section;
    }

    private void places() {
        for (int s = 0; s < packing.sections().size(); s++) {
            Section section = packing.sections().get(s);
            if (!digit(s).equals("0")) place(digitMethod(s), "Which digit of its code a weight is.", Printer.print(section.digit()));
            for (int f = 0; f < section.fields().size(); f++)
                place(bitMethod(s, f),
                        "Bit of the tile at which " + (section.fields().size() == 1
                                ? "the code of a weight begins."
                                : "field " + section.codec().fields().get(f).name() + " of a weight's code begins."),
                        Printer.print(section.fields().get(f)));
        }
    }

    private void place(String name, String doc, String formula) {
        type.addMethod(methodBuilder(name).addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("$L\n", doc)
                .returns(TypeName.INT)
                .addParameter(TypeName.INT, "row")
                .addParameter(TypeName.INT, "k")
                .addStatement("return $L", formula)
                .build());
    }

    private static MethodSpec scaleMethod() {
        return methodBuilder("scale").addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("Writes a scale as the element that the packing has there.\n")
                .addParameters(List.of(
                        ParameterSpec.builder(SEGMENT, "packed").build(),
                        ParameterSpec.builder(TypeName.LONG, "at").build(),
                        ParameterSpec.builder(String.class, "element").build(),
                        ParameterSpec.builder(TypeName.FLOAT, "scale").build()))
                .addStatement("int bits = Float.floatToRawIntBits(scale)")
                .beginControlFlow("if (element.equals($S))", Element.F16.toString())
                .addStatement("bits = Float.floatToFloat16(scale)")
                .nextControlFlow("else if (element.equals($S))", Element.BF16.toString())
                .addComment("Nearest, ties to even.")
                .addStatement("bits = Float.isNaN(scale) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16")
                .endControlFlow()
                .addStatement("int bytes = element.equals($S) ? 4 : 2", Element.F32.toString())
                .addStatement("for (int b = 0; b < bytes; b++) packed.set(JAVA_BYTE, at + b, (byte) (bits >>> 8 * b))")
                .build();
    }
}
