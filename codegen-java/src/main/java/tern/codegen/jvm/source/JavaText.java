package tern.codegen.jvm.source;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.JavaFile;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import jdk.incubator.vector.VectorOperators;
import tern.codegen.source.Template;

/// Java as text, and JavaPoet's form of it: classes that are known here are imported, long lines may break.
public final class JavaText {

    /// Characters of a line of comment or of a string constant.
    static final int WIDTH = 100;

    /// Nesting of parentheses from which a line does not break.
    private static final int DEEP = 3;

    /// What text may name: a package and its classes.
    private static final String CLASSES = """
            java.lang.foreign Arena MemorySegment SegmentAllocator
            java.lang.ref Reference
            java.util Arrays Objects Random
            java.util.concurrent TimeUnit
            java.util.stream IntStream
            jdk.incubator.vector ByteVector ShortVector IntVector LongVector FloatVector Vector VectorMask VectorSpecies
            org.openjdk.jmh.annotations Benchmark BenchmarkMode Fork Measurement Mode OutputTimeUnit Scope Setup State Warmup
            org.openjdk.jmh.results RunResult
            org.openjdk.jmh.runner Runner
            org.openjdk.jmh.runner.options CommandLineOptions OptionsBuilder
            """;

    private static final Map<String, TypeName> KNOWN = new HashMap<>();

    static {
        for (Class<?> one : List.of(void.class, boolean.class, byte.class, short.class, int.class, long.class, float.class))
            KNOWN.put(one.getName(), TypeName.get(one));
        for (String line : CLASSES.split("\n")) {
            String[] words = line.split(" ");
            for (String name : List.of(words).subList(1, words.length)) KNOWN.put(name, ClassName.get(words[0], name));
        }
    }

    /// Comments and strings, which stay as they are; names; where a line may break; what nests.
    private static final Pattern TOKEN = Pattern.compile(
            "(?<text>//.*|\"(?:[^\"\\\\]|\\\\.)*\")|(?<name>\\b[A-Z]\\w+)|(?<comma>, )|(?<operator> (?=(?:[-+&|^?:]|&&|\\|\\|) ))"
                    + "|(?<call>(?<=\\))(?=\\.))|(?<open>\\()|(?<close>\\))|\\$");

    private JavaText() {}

    /// Statements or an expression.
    static CodeBlock code(String text) {
        var code = CodeBlock.builder();
        int depth = 0;
        for (String line : text.split("(?<=\n)")) {
            String bare = line.stripLeading();
            int indent = bare.isEmpty() ? depth : (line.length() - bare.length()) / 4;
            for (; depth < indent; depth++) code.indent();
            for (; depth > indent; depth--) code.unindent();
            addLine(code, bare.isEmpty() ? line : bare);
        }
        for (; depth > 0; depth--) code.unindent();
        return code.build();
    }

    private static void addLine(CodeBlock.Builder code, String line) {
        var types = new ArrayList<Object>();
        Matcher matcher = TOKEN.matcher(line);
        var format = new StringBuilder();
        int nesting = 0;
        while (matcher.find()) {
            String found = matcher.group(), by = found.replace("$", "$$");
            if (matcher.group("open") != null) nesting++;
            else if (matcher.group("close") != null) nesting--;
            else if (matcher.group("name") != null && KNOWN.containsKey(found)) {
                types.add(KNOWN.get(found));
                by = "$T";
            } else if (matcher.group("comma") != null && nesting < DEEP) by = ",$W";
            else if (matcher.group("operator") != null && nesting < 2) by = "$W";
            else if (matcher.group("call") != null && nesting == 0) by = "$Z";
            matcher.appendReplacement(format, Matcher.quoteReplacement(by));
        }
        code.add(matcher.appendTail(format).toString(), types.toArray());
    }

    static TypeName type(String text) {
        if (text.endsWith("[]")) return ArrayTypeName.of(type(text.substring(0, text.length() - 2)));
        TypeName known = KNOWN.get(text);
        return known != null ? known : ClassName.get("", text);
    }

    /// A public one, int or long.
    public static void addConstant(TypeSpec.Builder type, String name, Number value) {
        Term number = Term.number(value);
        addField(type, "public static final " + number.type() + " " + name, number.text(), "");
    }

    /// @param declaration modifiers, type and name
    /// @param value       an expression
    static void addField(TypeSpec.Builder type, String declaration, String value, String doc) {
        List<String> words = List.of(declaration.split(" "));
        int modifiers = words.size() - 2;
        FieldSpec.Builder field = FieldSpec.builder(type(words.get(modifiers)), words.getLast(), modifiers(words.subList(0, modifiers)));
        if (!doc.isEmpty()) field.addJavadoc("$L", wrapped(doc));
        if (!value.isEmpty()) field.initializer(code(value));
        type.addField(field.build());
    }

    private static Modifier[] modifiers(List<String> words) {
        return words.stream().map(word -> Modifier.valueOf(word.toUpperCase(Locale.ROOT))).toArray(Modifier[]::new);
    }

    private static final Pattern SIGNATURE = Pattern.compile("((?:[a-z]+ )*)(\\S+) (\\w+)\\((.*)\\)(?: throws (\\w+))?");

    /// A method from its text, with lines of `///` before it. Its body is indented.
    static MethodSpec method(String text) {
        List<String> lines = text.strip().lines().toList();
        int at = 0;
        var doc = new StringBuilder();
        for (; lines.get(at).startsWith("///"); at++) doc.append(lines.get(at).substring(Math.min(4, lines.get(at).length()))).append('\n');
        String annotation = lines.get(at).startsWith("@") ? lines.get(at++).substring(1) : "";
        Matcher signature = SIGNATURE.matcher(lines.get(at).replaceFirst(" \\{$", ""));
        if (!signature.matches()) throw new IllegalArgumentException("no method: " + lines.get(at));
        MethodSpec.Builder method = MethodSpec.methodBuilder(signature.group(3)).returns(type(signature.group(2)));
        if (!doc.isEmpty()) method.addJavadoc("$L", wrapped(doc.toString()));
        if (!annotation.isEmpty()) method.addAnnotation((ClassName) type(annotation));
        method.addModifiers(modifiers(List.of(signature.group(1).split(" "))));
        // Java's split drops what is empty at the end: a list that was put together may end in a comma.
        for (String parameter : signature.group(4).split(", ")) addParameter(method, parameter);
        if (signature.group(5) != null) method.addException(type(signature.group(5)));
        return method.addCode(code(String.join("\n", lines.subList(at + 1, lines.size() - 1)).indent(-4))).build();
    }

    private static void addParameter(MethodSpec.Builder method, String parameter) {
        if (parameter.isEmpty()) return;
        int blank = parameter.indexOf(' ');
        String type = parameter.substring(0, blank);
        method.addParameter(type(type.replace("...", "[]")), parameter.substring(blank + 1));
        if (type.endsWith("...")) method.varargs();
    }

    /// Adds the methods of a template, each up to the brace that begins a line; private ones if something calls them.
    ///
    /// @param callers what else calls them
    static void addMethods(TypeSpec.Builder type, String template, Map<String, String> values, String callers) {
        addMethods(type, template(template, values), callers);
    }

    /// The same of a text.
    static void addMethods(TypeSpec.Builder type, String text, String callers) {
        var methods = new ArrayList<>(List.of(text.split("(?<=\n}\n)")));
        while (methods.removeIf(method -> {
            String call = method.replaceFirst("(?s).*?(\\w+\\()[^\\n]* \\{\n.*", "$1");
            return method.replaceFirst("(?s)^(///.*?\n)+", "").startsWith("private ") && !callers.contains(call)
                    && methods.stream().noneMatch(other -> other.substring(other.indexOf("{\n")).contains(call));
        }));
        for (String method : methods) type.addMethod(method(method));
    }

    /// The text of a resource next to this class.
    public static String template(String name, Map<String, String> values) {
        return Template.of(JavaText.class, name, values);
    }

    /// Text whose lines fit a comment; those that are indented or within `pre` stay as they are.
    static String wrapped(String text) {
        var wrapped = new StringBuilder();
        boolean asItStands = false;
        for (String line : text.split("\n")) {
            asItStands = asItStands ? !line.contains("</pre>") : line.contains("<pre>");
            wrapped.append(asItStands ? line : String.join("\n", lines(line, WIDTH))).append('\n');
        }
        return wrapped.toString();
    }

    /// The same words in lines of so many characters.
    static List<String> lines(String text, int width) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /// Numbers as string constants, which the method `numbers` reads: an array would take seven bytes of code for each, and a class file
    /// holds 65,535 bytes of one string.
    static String numbers(List<Integer> numbers) {
        var constants = new ArrayList<String>();
        String words = String.join(" ", numbers.stream().map(String::valueOf).toList());
        for (String constant : lines(words, 60_000))
            constants.add(String.join(" \"\n        + \"", lines(constant, WIDTH - 20)));
        return "\"" + String.join("\",\n        \"", constants) + "\"";
    }

    /// The text of a source file.
    ///
    /// @param members classes whose static members need no qualifier
    public static String file(String packageName, TypeSpec type, ClassName... members) {
        JavaFile.Builder file = JavaFile.builder(packageName, type)
                .indent("    ")
                .skipJavaLangImports(true)
                .addFileComment("Made by Tern: tern export.");
        for (Class<?> one : List.of(VectorOperators.class, ByteOrder.class, ValueLayout.class)) file.addStaticImport(one, "*");
        Arrays.stream(members).forEach(one -> file.addStaticImport(one, "*"));
        return file.build().toString();
    }
}
