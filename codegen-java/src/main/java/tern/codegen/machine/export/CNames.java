package tern.codegen.machine.export;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Param;

/// What parameters of a kernel are called in C: as in the definition, unless C or the programs here need that word.
final class CNames {

    private static final Set<String> TAKEN = Set.of(
            "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto", "if",
            "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union",
            "unsigned", "void", "volatile", "while", "bool", "true", "false", "class", "new", "delete", "this", "private", "public", "template",
            "operator", "namespace", "try", "catch", "throw", "using", "virtual", "friend", "asm", "n", "i", "j", "k", "g", "M", "K", "N", "work",
            "first", "last", "parts", "part", "prepared", "wanted", "right", "back", "calls", "start", "now", "seconds", "state", "draw", "allocate",
            "report", "expected", "result", "main", "minimum", "maximum", "minimumInt", "maximumInt", "floatOf", "bitsOf", "half", "brain", "square",
            "squareInt", "silu", "exponential", "NULL");

    private final Map<String, String> names = new HashMap<>();

    CNames(KernelDef kernel) {
        Set<String> used = new HashSet<>(TAKEN);
        kernel.params().forEach(param -> add(param, used));
        add(kernel.result(), used);
    }

    private void add(Param param, Set<String> used) {
        String name = identifier(param.name());
        // Tests have `NAMEPlain` and `NAMESum` besides, and C has words with a capital of its libraries'.
        while (!used.add(name) || name.endsWith("Plain") || name.endsWith("Sum")) name += "_";
        names.put(param.name(), name);
    }

    String of(Param param) {
        return Objects.requireNonNull(names.get(param.name()), param.name());
    }

    static String identifier(String text) {
        String name = text.replaceAll("[^A-Za-z0-9_]", "_");
        return name.isEmpty() || Character.isDigit(name.charAt(0)) || name.startsWith("_") ? "v" + name : name;
    }

    /// Elements of a parameter that is no weight, as an expression of n.
    static String elements(Param param, int m, int k) {
        if (param.dims().isEmpty()) return "1";
        List<String> sizes = param.dims().stream().map(dim -> switch (dim) {
            case "n" -> "n";
            case "m" -> "" + m;
            case "k" -> "" + k;
            default -> "" + KernelDef.size(dim, 0, m, k);
        }).toList();
        return String.join(" * ", sizes);
    }

    /// The type of an element.
    static String type(KernelDef.Kind kind) {
        return switch (kind) {
            case I8 -> "int8_t";
            case I32 -> "int32_t";
            case F32 -> "float";
            case F16, BF16 -> "uint16_t";
            case WEIGHT -> "void";
        };
    }
}
