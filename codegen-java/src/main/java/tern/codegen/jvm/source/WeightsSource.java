package tern.codegen.jvm.source;

import static java.util.Locale.ROOT;

import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Packing;
import tern.ir.Packing.Section;
import tern.ir.ScaleType;
import tern.ir.text.Printer;

/// The packer of a kernel in Java: a nested class `Weights` that packs a matrix, reads it back, and makes random ones. Its methods are the
/// same for all packings (`weights.java`); what a packing is, its fields say: codecs as tables, layouts as formulas.
public final class WeightsSource {

    private WeightsSource() {}

    /// @param m rows of the matrix
    /// @param k columns
    public static TypeSpec of(Packing packing, int m, int k) {
        TypeSpec.Builder type = TypeSpec.classBuilder("Weights").addModifiers(Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
                .addJavadoc("$L", JavaText.wrapped(words(packing)));
        JavaText.addConstant(type, "M", m);
        JavaText.addConstant(type, "K", k);
        JavaText.addConstant(type, "BYTES", packing.bytes(m, k));
        JavaText.addConstant(type, "ROW_TILES", packing.rowTiles(m));
        JavaText.addConstant(type, "COLUMN_TILES", packing.columnTiles(k));
        JavaText.addConstant(type, "ROWS", packing.rows());
        JavaText.addConstant(type, "COLUMNS", packing.columns());
        JavaText.addConstant(type, "TILE_BYTES", packing.tileBytes());
        Map<Codec, String> codecs = new LinkedHashMap<>();
        for (Section section : packing.sections())
            codecs.computeIfAbsent(section.codec(), codec -> addCodec(type, codec, codecs.size()));
        addSections(type, packing, codecs);
        type.addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
        JavaText.addMethods(type, "weights.java", Map.of(
                "scaleDoc", hasScale(packing) ? "@param scale of the matrix, kept beside the weights; the kernel does not read it" : "",
                "scale", hasScale(packing) ? "float scale, " : "",
                "scales", scale(packing, Packing.Where.TILE, "tile(rowTile, columnTile) + "),
                "tail", scale(packing, Packing.Where.TAIL, "BYTES - " + packing.tailBytes() + " + "),
                "tile", switch (packing.order()) {
                    case K_INNERMOST -> "rowTile * COLUMN_TILES + columnTile";
                    case ROWS_INNERMOST -> "columnTile * ROW_TILES + rowTile";
                },
                "row", packing.spread() ? "rowTile + row * ROW_TILES" : "rowTile * ROWS + row"), "codec(numbers(");
        type.addType(JavaText.record("Codec", "int low, int size, int g, int[] meanings, int[] codes", """
                A code of g digits; each digit is one of `size` from `low` on. The digits d0, d1, .. are written as one number, \
                (d0 - low) + (d1 - low) * size + ..: `meanings` has that of each code, -1 if it means nothing, `codes` the lowest code of \
                each number, -1 where there is none."""));
        type.addType(JavaText.record("Section", "int row0, int rows, int column0, int columns, Codec codec, IntBinaryOperator digit, "
                + "int[] widths, IntBinaryOperator[] bits", """
                Part of a tile. A weight at row and k, counted from row0 and column0, is digit `digit(row, k)` of its code; field f of the code, \
                the lowest bits first, has `widths[f]` bits and begins at bit `bits[f](row, k)` of the tile, which is bit b % 8 of byte b / 8."""));
        return type.build();
    }

    /// Whether [#of] gives a packer that takes a scale.
    public static boolean hasScale(Packing packing) {
        return packing.scale() != null;
    }

    /// @return name of the field
    private static String addCodec(TypeSpec.Builder type, Codec codec, int number) {
        CodeBook book = CodeBook.of(codec);
        int low = (int) book.alphabet().low(), size = (int) book.alphabet().high() - low + 1;
        List<Integer> meanings = IntStream.range(0, book.codes()).map(code -> {
            int meaning = 0;
            for (int j = codec.digits() - 1; j >= 0; j--) meaning = meaning * size + book.digit(code, j) - low;
            return book.isUsed(code) ? meaning : -1;
        }).boxed().toList();
        String field = codec.name().toUpperCase(Locale.ROOT) + (number == 0 ? "" : "_" + number);
        JavaText.addField(type, "private static final Codec " + field, String.format(ROOT, "codec(%d, %d, %d, numbers(\n        %s))",
                low, size, codec.digits(), JavaText.numbers(meanings)), "");
        return field;
    }

    private static void addSections(TypeSpec.Builder type, Packing packing, Map<Codec, String> codecs) {
        var sections = new ArrayList<String>();
        for (Section s : packing.sections()) {
            List<String> widths = s.codec().fields().stream().map(field -> "" + field.bits()).toList();
            List<String> bits = s.fields().stream().map(field -> "(row, k) -> " + Printer.print(field)).toList();
            sections.add(String.format(ROOT, """
                    new Section(%d, %d, %d, %d, %s, (row, k) -> %s,
                            new int[] {%s}, new IntBinaryOperator[] {%s})""", s.row0(), s.rows(), s.column0(), s.columns(),
                    codecs.get(s.codec()), Printer.print(s.digit()), String.join(", ", widths), String.join(", ", bits)));
        }
        JavaText.addField(type, "private static final Section[] SECTIONS", "{\n" + String.join(",\n", sections).indent(8) + "}", "");
    }

    /// Why a packer of this packing cannot be written out, null if it can.
    public static @Nullable String refusal(Packing packing) {
        Packing.Scale scale = packing.scale();
        if (packing.headBytes() > 0) return "bytes stand in front of each row of tiles";
        if (scale == null) return null;
        if (scale.type() == ScaleType.E8M0) return "its scales are " + scale.type();
        return scale.place().row().cosize() + scale.place().column().cosize() - 1 > scale.place().at(0, 0) + 1 ? "a tile holds several scales" : null;
    }

    private static String scale(Packing packing, Packing.Where where, String base) {
        Packing.Scale scale = packing.scale();
        if (scale == null || scale.where() != where) return "";
        String value = switch (scale.type()) {
            case F32 -> "FLOAT_UNALIGNED, %s, scale";
            case F16 -> "SHORT_UNALIGNED, %s, Float.floatToFloat16(scale)";
            case BF16 -> "SHORT_UNALIGNED, %s, bfloat16(scale)";
            case E8M0 -> throw new IllegalArgumentException("a scale of " + scale.type());
        };
        return "packed.set(JAVA_" + value.formatted(base + scale.place().at(0, 0)) + ");\n";
    }

    private static String words(Packing packing) {
        return String.format(ROOT, """
                Weights in packing %s: %s bits each. See SECTIONS for where each lies.

                <pre>{@code
                %s}</pre>

                The matrix is cut into tiles of %d rows and %d columns (k), %d bytes each, all tiles %s next to each other.%s%s%s
                """, packing.name(), String.format(Locale.ROOT, "%.4f", packing.bitsPerWeight()).replaceAll("\\.?0+$", ""),
                Printer.printWithCodecs(packing), packing.rows(), packing.columns(), packing.tileBytes(),
                switch (packing.order()) {
                    case K_INNERMOST -> "along k of a row of tiles";
                    case ROWS_INNERMOST -> "of a column of tiles";
                },
                packing.spread() ? " Rows of a tile lie apart by the number of tiles along the rows." : "",
                scale(packing, Packing.Where.TILE, "").isEmpty() ? "" : " Each tile holds the scale of the matrix as well.",
                packing.tailBytes() == 0 ? "" : String.format(ROOT, " Behind the tiles lie %d bytes that are no weights.", packing.tailBytes()));
    }
}
