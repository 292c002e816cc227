package tern.codegen.jvm.source;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.JavaFile;
import com.palantir.javapoet.TypeSpec;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.VectorOperators;

/// How Java source is laid out: lines, comments, imports.
public final class Layouts {

    private static final int WIDTH = Lines.WIDTH;

    /// Classes whose fields need no qualifier.
    private static final List<Class<?>> IMPORTED = List.of(VectorOperators.class, ByteOrder.class, ValueLayout.class);

    private Layouts() {}

    static boolean isImported(ClassName owner) {
        return IMPORTED.stream().anyMatch(one -> ClassName.get(one).equals(owner));
    }

    /// The text of a source file.
    ///
    /// @param comment of the file
    /// @param members classes whose static members need no qualifier
    public static String file(String packageName, TypeSpec type, String comment, ClassName... members) {
        JavaFile.Builder file = JavaFile.builder(packageName, type)
                .indent("    ")
                .skipJavaLangImports(true)
                .addFileComment("$L", comment);
        for (Class<?> one : IMPORTED) file.addStaticImport(one, "*");
        for (ClassName one : members) file.addStaticImport(one, "*");
        return Lines.fold(file.build().toString());
    }

    /// A string constant, over as many lines as it takes.
    static CodeBlock text(String text) {
        var parts = new ArrayList<CodeBlock>();
        for (String line : wrap(text, WIDTH - 20, " ")) parts.add(CodeBlock.of("$S", line));
        return CodeBlock.of("$>$>$L$<$<", CodeBlock.join(parts, "\n+ "));
    }

    /// The same characters in lines that end behind `separator` where they can.
    static List<String> wrap(String text, int width, String separator) {
        var lines = new ArrayList<String>();
        int from = 0;
        while (text.length() - from > width) {
            int end = text.lastIndexOf(separator, from + width - 1) + separator.length();
            if (end <= from + separator.length()) end = from + width;
            lines.add(text.substring(from, end));
            from = end;
        }
        lines.add(text.substring(from));
        return lines;
    }

    /// Lines of a comment in code.
    static CodeBlock comment(List<String> lines) {
        var code = CodeBlock.builder();
        for (String line : lines) {
            boolean first = true;
            for (String part : wrap(line, WIDTH - 8, " ")) {
                code.add("$L\n", ("// " + (first ? "" : "    ") + part).stripTrailing());
                first = false;
            }
        }
        return code.build();
    }
}
