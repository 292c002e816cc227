package tern.codegen.machine.export;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// C99 from the texts that Java and C share ([tern.codegen.source]).
final class CText {

    private static final Pattern NAME = Pattern.compile("(\\w+)\\([^\\n]* \\{\\n");

    private CText() {}

    /// @param prefix of public functions; the others are static
    static String of(String shared, String prefix) {
        return shared.replaceAll("public static (\\w+) (\\w+)\\(", "$1 " + prefix + "_$2(")
                .replace("private static ", "static ")
                .replaceAll("(?m)^///", "//")
                .replace("MemorySegment packed", "void *packed")
                .replace("byte[] ", "int8_t *")
                .replace("boolean[] ", "bool *")
                .replaceAll("\\bboolean\\b", "bool")
                .replaceAll("\\blong\\b", "int64_t")
                .replaceAll("\\bbyte\\b", "int8_t");
    }

    /// Those functions that something calls.
    ///
    /// @param callers what else calls them
    static String called(String functions, String callers) {
        List<String> all = new ArrayList<>(List.of(functions.split("(?<=\\n}\\n)")));
        while (all.removeIf(one -> {
            String call = name(one) + "(";
            return !callers.contains(call) && all.stream().noneMatch(other -> !other.equals(one) && other.contains(call));
        }));
        return String.join("", all);
    }

    private static String name(String function) {
        Matcher name = NAME.matcher(function);
        if (!name.find()) throw new IllegalArgumentException("no function: " + function);
        return name.group(1);
    }

    /// Declarations of static functions.
    static String declarations(String functions) {
        return functions.lines().filter(line -> line.startsWith("static ") && line.endsWith(" {"))
                .map(line -> line.substring(0, line.length() - 2) + ";")
                .collect(Collectors.joining("\n"));
    }

    /// Numbers with commas, in lines of a bearable length.
    static String numbers(List<Integer> numbers) {
        var text = new StringBuilder();
        int width = 0;
        for (int i = 0; i < numbers.size(); i++) {
            String one = numbers.get(i) + (i + 1 < numbers.size() ? ", " : "");
            if (width + one.length() > 110) {
                text.append("\n    ");
                width = 0;
            }
            text.append(one);
            width += one.length();
        }
        return text.toString().replaceAll(" +\n", "\n");
    }
}
