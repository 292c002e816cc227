package tern.ir.text;

import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Param;
import tern.ir.Layout;
import tern.ir.Packing;
import tern.ir.Packing.TileLayout;
import tern.ir.Packing.Scale;
import tern.ir.Packing.Section;
import tern.ir.Packing.Where;
import tern.ir.Schedule;
import tern.ir.target.Isa;

/// Declarations as text that parses back to equal declarations (a kernel's source and line aside).
public final class Printer {

    private Printer() {}

    /// All declarations of a text, without its comments.
    public static String print(Tir tir) {
        var parts = new ArrayList<String>();
        if (!tir.codecs().isEmpty()) parts.add(tir.codecs().stream().map(Printer::print).collect(joining()));
        tir.packings().forEach(packing -> parts.add(print(packing)));
        tir.kernels().forEach(kernel -> parts.add(print(kernel)));
        tir.schedules().forEach(planned -> parts.add(print(planned.target(), planned.schedule())));
        return String.join("\n", parts);
    }

    /// A packing and the codecs that it uses: a text that needs no other.
    public static String printWithCodecs(Packing packing) {
        Map<String, Codec> codecs = new LinkedHashMap<>();
        for (Section section : packing.sections()) codecs.put(section.codec().name(), section.codec());
        return codecs.values().stream().map(Printer::print).collect(joining()) + "\n" + print(packing);
    }

    public static String print(Codec codec) {
        return "codec " + name(codec.name()) + " = " + meaning(codec, String.format(ROOT, "%d bits", codec.bits())) + "\n";
    }

    /// @param width of a code, as it is written
    private static String meaning(Codec codec, String width) {
        return switch (codec) {
            case Codec.Map map -> "map(%s) in %s".formatted(entries(map), width);
            case Codec.Radix radix -> radix(radix, width);
            case Codec.Signed s -> String.format(ROOT, "signed base%d(%d) in %d bits", s.base(), s.digits(), s.bits() - 1);
            case Codec.Planes _ -> "planes";
            case Codec.Twos _ -> "int in " + width;
            case Codec.Table table -> table(table, width);
            case Codec.Split(Codec of, var fields) ->
                meaning(of, fields.stream().map(field -> String.format(ROOT, "%s %d bits", name(field.name()), field.bits())).collect(joining(", ")));
        };
    }

    /// Codes that are unused are shown where there are few.
    private static String entries(Codec.Map map) {
        var entries = new ArrayList<String>();
        for (Integer value : map.values()) entries.add(value == null ? "_" : value.toString());
        while (map.bits() <= 3 && entries.size() < 1 << map.bits()) entries.add("_");
        return String.join(", ", entries);
    }

    private static String radix(Codec.Radix r, String width) {
        return String.format(ROOT, "base%d(%s)%s in %s%s%s", r.base(),
                r.digits() == r.places() ? r.digits() : r.digits() + " of " + r.places(),
                r.low() == CodecReader.centred(r.base()) ? "" : " from " + r.low(),
                width,
                r.mostSignificantFirst() ? ", most significant first" : "",
                r.fixedPoint() ? ", fixed point" : "");
    }

    private static String table(Codec.Table table, String width) {
        var rows = new StringBuilder();
        for (int code = 0; code < table.rows().size(); code++) {
            List<Integer> row = table.rows().get(code);
            if (row == null) continue;
            rows.append(String.format(ROOT, "    %d: %s;\n", code, row.stream().map(String::valueOf).collect(joining(" "))));
        }
        return String.format(ROOT, "table(%d) in %s {\n%s}", table.digits(), width, rows);
    }

    public static String print(Packing packing) {
        var text = new StringBuilder("packing %s {\n".formatted(name(packing.name())));
        boolean sizeFollows = packing.tileBytes() == PackingReader.needed(packing.sections(), packing.scale(), packing.word());
        text.append(String.format(ROOT, "    tile rows %d, k %d%s;\n",
                packing.rows(), packing.columns(), sizeFollows ? "" : ", " + packing.tileBytes() + " bytes"));
        text.append("    word %s;\n".formatted(packing.word()));
        if (packing.sections().size() == 1)
            statements(packing.sections().getFirst()).forEach(s -> text.append("    %s;\n".formatted(s)));
        else
            for (Section section : packing.sections())
                text.append("    section %s { %s; }\n"
                        .formatted(range(section, packing), String.join("; ", statements(section))));
        if (packing.scale() != null && packing.scale().where() == Where.TILE) text.append("    %s;\n".formatted(scale(packing.scale())));
        text.append(switch (packing.order()) {
            case K_INNERMOST -> "    tiles k within rows;\n";
            case ROWS_INNERMOST -> "    tiles rows within k;\n";
        });
        if (packing.spread()) text.append("    spread rows;\n");
        if (packing.headBytes() > 0) text.append(bytes("head", packing.headBytes(), Where.HEAD, packing));
        if (packing.tailBytes() > 0) text.append(bytes("tail", packing.tailBytes(), Where.TAIL, packing));
        return text.append("}\n").toString();
    }

    private static String range(Section s, Packing packing) {
        var ranges = new ArrayList<String>();
        if (s.rows() < packing.rows()) ranges.add(String.format(ROOT, "rows %d..%d", s.row0(), s.row0() + s.rows()));
        if (s.columns() < packing.columns()) ranges.add(String.format(ROOT, "k %d..%d", s.column0(), s.column0() + s.columns()));
        return String.join(", ", ranges);
    }

    private static List<String> statements(Section section) {
        var statements = new ArrayList<String>();
        statements.add("codec " + name(section.codec().name()));
        String digit = print(section.digit());
        if (!digit.equals("0")) statements.add("digit " + digit);
        for (int f = 0; f < section.fields().size(); f++)
            statements.add(section.codec().fields().get(f).name() + " at " + print(section.fields().get(f)));
        return statements;
    }

    private static String bytes(String name, int size, Where where, Packing packing) {
        Scale scale = packing.scale();
        return String.format(ROOT, "    %s %d bytes { %s}\n", name, size, scale != null && scale.where() == where ? scale(scale) + "; " : "");
    }

    private static String scale(Scale scale) {
        return "scale %s at %s".formatted(scale.type(), print(scale.place()));
    }

    /// A place as the sum that gives it: `6 + k%32*8 - k/32*2`.
    public static String print(TileLayout place) {
        var sum = new StringBuilder();
        if (place.row().base() != 0) sum.append(place.row().base());
        addTerms(sum, "row", place.row());
        addTerms(sum, "k", place.column());
        return sum.isEmpty() ? "0" : sum.toString();
    }

    private static void addTerms(StringBuilder sum, String axis, Layout layout) {
        int from = 1, size = layout.size();
        for (Layout.Mode mode : layout.modes()) {
            int to = from * mode.extent(), stride = mode.stride();
            if (stride != 0) {
                if (!sum.isEmpty()) sum.append(stride < 0 ? " - " : " + ");
                else if (stride < 0) sum.append("-");
                sum.append(axis);
                if (from > 1) sum.append("/").append(from);
                if (to < size) sum.append("%").append(mode.extent());
                if (Math.abs(stride) != 1) sum.append("*").append(Math.abs(stride));
            }
            from = to;
        }
    }

    public static String print(KernelDef kernel) {
        var indices = new Indices(kernel);
        return "kernel %s(%s) -> %s {\n    %s[%s, %s] = %s\n}\n".formatted(
                name(kernel.name()),
                kernel.params().stream().map(Printer::print).collect(joining(", ")),
                print(kernel.result()),
                kernel.result().name(),
                indices.token,
                indices.output,
                print(kernel.formula(), 0, indices));
    }

    private static String print(Param param) {
        return name(param.name()) + ": " + param.kind() + (param.dims().isEmpty() ? "" : param.dims());
    }

    /// The names of the indices: those that the formula uses, else the usual ones.
    private static final class Indices {
        private final KernelDef kernel;
        private @Nullable String foundToken, foundOutput;
        final String token, output, inner, group;

        Indices(KernelDef kernel) {
            this.kernel = kernel;
            find(kernel.formula());
            String first = foundToken, second = foundOutput;
            token = first != null ? first : "i".equals(second) ? "t" : "i";
            output = second != null ? second : token.equals("j") ? "o" : "j";
            inner = free("k", "l", "p");
            group = free("g", "h", "q");
        }

        private String free(String... names) {
            return Stream.of(names).filter(name -> !name.equals(token) && !name.equals(output)).findFirst().orElseThrow();
        }

        private void find(Formula formula) {
            switch (formula) {
                case Formula.At at -> {
                    List<String> dims = kernel.param(at.param()).dims();
                    for (int i = 0; i < dims.size(); i++) {
                        if (dims.get(i).equals("n")) foundToken = at.indices().get(i);
                        if (dims.get(i).equals("m")) foundOutput = at.indices().get(i);
                    }
                }
                case Formula.Groups groups -> groups.scales().forEach(this::find);
                case Formula.Apply apply -> apply.arguments().forEach(this::find);
                case Formula.Dot _, Formula.Number _ -> {}
            }
        }
    }

    /// @param binding how tightly the surroundings bind: 0 nothing or the left of a sum, 1 the right of a sum or the left of a
    ///                product, 2 the right of a product
    private static String print(Formula formula, int binding, Indices indices) {
        return switch (formula) {
            case Formula.At at -> print(at, indices);
            case Formula.Groups(Formula.Dot dot, var scales) -> "sum(%s: %s%s)".formatted(indices.group, print(dot, 2, indices),
                    scales.stream().map(scale -> " * " + print(scale, indices)).collect(joining()));
            case Formula.Dot dot -> "sum(%4$s: %1$s[%3$s, %4$s] * %2$s[%5$s, %4$s])"
                    .formatted(dot.activations(), dot.weights(), indices.token, indices.inner, indices.output);
            case Formula.Number number -> Float.toString(number.value());
            case Formula.Apply apply -> {
                List<Formula> a = apply.arguments();
                yield switch (apply.function()) {
                    case ADD -> infix(a, " + ", 0, binding, indices);
                    case SUBTRACT -> infix(a, " - ", 0, binding, indices);
                    case MULTIPLY -> infix(a, " * ", 1, binding, indices);
                    case MIN, MAX, RELU, SQUARE, SILU -> apply.function().name().toLowerCase(Locale.ROOT)
                            + a.stream().map(x -> print(x, 0, indices)).collect(joining(", ", "(", ")"));
                };
            }
        };
    }

    private static String print(Formula.At at, Indices indices) {
        List<String> dims = indices.kernel.param(at.param()).dims();
        var names = new ArrayList<String>();
        for (int i = 0; i < dims.size(); i++) names.add(KernelDef.groupOf(dims.get(i)) > 0 ? indices.group : at.indices().get(i));
        return at.param() + (names.isEmpty() ? "" : names);
    }

    private static String infix(List<Formula> operands, String operator, int own, int binding, Indices indices) {
        String text = print(operands.get(0), own, indices) + operator + print(operands.get(1), own + 1, indices);
        return binding > own ? "(" + text + ")" : text;
    }

    public static String print(String target, Schedule schedule) {
        String kind = switch (schedule) {
            case Schedule.Cpu _ -> "strategy";
            case Schedule.Gpu _ -> "unit";
        };
        var text = new StringBuilder("schedule for %s on %s {\n    packing %s;\n    %s %s;\n".formatted(
                name(schedule.kernel()), target(target), name(schedule.packing()), kind, schedule.way()));
        schedule.numbers().forEach((words, number) -> text.append("    ").append(words).append(' ').append(number).append(";\n"));
        if (schedule instanceof Schedule.Vector vector && vector.rolled()) text.append("    rolled;\n");
        Isa isa = schedule.isa();
        if (isa != null) text.append("    isa ").append(isa.toString().replace('-', '_')).append(";\n");
        return text.append("}\n").toString();
    }

    private static boolean isName(String text) {
        return text.matches("[A-Za-z][A-Za-z0-9_]*");
    }

    private static String name(String text) {
        if (!isName(text)) throw new IllegalArgumentException("'" + text + "' is no name: letters, digits and _");
        return text;
    }

    private static String target(String text) {
        if (isName(text)) return text;
        if (text.matches("[^\"\\p{Cntrl}]*")) return '"' + text + '"';
        throw new IllegalArgumentException("'" + text + "' cannot be written in quotes");
    }
}
