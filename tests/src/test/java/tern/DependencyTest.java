package tern;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Which package may see which, read from the class files of every module.
///
/// A package belongs to the part with the longest matching prefix: `tern.runtime.cli.chat` to `tern.runtime.cli`, not to
/// `tern.runtime`. A part sees itself, the JDK's standard packages, and what the table lists; nothing else.
class DependencyTest {

    /// The architecture. Left: a part of Tern. Right: the parts, ours or foreign, that it may see.
    static final Map<String, Set<String>> MAY_SEE = Map.ofEntries(
            Map.entry("tern.ir", Set.of("org.antlr.v4.runtime")),
            Map.entry("tern.scheduler", Set.of("tern.ir")),
            Map.entry("tern.codegen.source", Set.of("tern.ir")),
            Map.entry("tern.codegen.machine", Set.of("tern.ir", "tern.codegen.source")),
            Map.entry("tern.codegen.jvm", Set.of("tern.ir", "tern.codegen.machine", "tern.codegen.source", "org.objectweb.asm", "jdk.incubator.vector",
                    "com.palantir.javapoet", "javax.lang.model", // JavaPoet takes its modifiers from there
                    "javax.management", "com.sun.management")), // to direct the JIT, and to see what it made
            Map.entry("tern.codegen.cuda", Set.of("tern.ir")),
            Map.entry("tern.codegen.cuda.simulate", Set.of("tern.ir", "tern.codegen.cuda")),
            Map.entry("tern.autotune", Set.of("tern.ir", "tern.scheduler", "tools.jackson", "com.fasterxml.jackson.annotation",
                    "java.sql", "javax.sql", "org.jdbi.v3", "org.flywaydb", "org.sqlite", "org.postgresql")),
            Map.entry("tern.runtime", Set.of("tern.ir", "tools.jackson", "com.fasterxml.jackson.annotation",
                    "com.knuddels.jtokkit", "com.sun.net.httpserver")),
            Map.entry("tern.runtime.server", Set.of("tern.ir", "tern.runtime", "tools.jackson", "io.helidon", "io.prometheus")),
            Map.entry("tern.runtime.cli", Set.of("tern.ir", "tern.scheduler", "tern.autotune", "tern.runtime", "tern.runtime.server", "tools.jackson",
                    "com.knuddels.jtokkit", "com.sun.net.httpserver", "picocli", "org.jline", "me.tongfei.progressbar")),
            Map.entry("tern.api", Set.of("tern.ir", "tern.runtime", "tern.scheduler")),
            Map.entry("tern.langchain4j", Set.of("tern.api", "tern.runtime", "tools.jackson", "dev.langchain4j")),
            Map.entry("tern.spark",
                    Set.of("tern.api", "tern.autotune", "tern.ir", "tern.runtime", "tern.scheduler", "org.apache.spark", "org.apache.hadoop", "scala")),
            Map.entry("tern.spring", Set.of("tern.api", "tern.runtime", "org.springframework", "reactor.core")));

    /// For everyone.
    static final Set<String> COMMON = Set.of("java", "org.jspecify.annotations");

    static final Set<String> PARTS = Stream.of(MAY_SEE.keySet(), COMMON, union(MAY_SEE.values()))
            .flatMap(Set::stream)
            .collect(toUnmodifiableSet());

    @Test
    void everyPackageSeesOnlyWhatTheArchitectureAllows() {
        var violations = new TreeSet<String>();
        dependencies().forEach((from, uses) -> uses.forEach((to, witness) -> {
            if (!allowed(from, to)) violations.add(from + " -> " + to + "   (" + witness + ")");
        }));
        assertThat(violations).as("dependencies that the architecture does not allow").isEmpty();
    }

    @Test
    void packagesFormNoCircles() {
        var circles = new TreeSet<String>();
        var graph = dependencies();
        for (String start : graph.keySet()) {
            var circle = circleThrough(start, graph);
            // Each circle is reported once, from its first package.
            if (!circle.isEmpty() && circle.stream().allMatch(p -> start.compareTo(p) <= 0))
                circles.add(describe(circle, graph));
        }
        assertThat(circles).as("packages that see each other").isEmpty();
    }

    @Test
    void everyModuleWasRead() throws IOException {
        for (Path classes : moduleClasses()) {
            assertThat(classFiles(classes)).as("class files in %s", classes).isNotEmpty();
        }
        assertThat(dependencies()).as("packages of Tern").containsKey("tern.runtime.cli");
    }

    @Test
    void theTableItselfSaysWhatItShould() {
        assertThat(allowed("tern.runtime.cli", "tern.scheduler.cost")).isTrue();
        assertThat(allowed("tern.runtime.cli.chat", "tern.autotune")).isTrue();
        assertThat(allowed("tern.runtime", "tern.ir.device")).isTrue();
        assertThat(allowed("tern.runtime.model", "tern.scheduler")).isFalse();
        assertThat(allowed("tern.runtime.model", "tern.runtime.cli")).isFalse();
        assertThat(allowed("tern.runtime.cli", "tern.codegen.jvm")).isFalse();
        assertThat(allowed("tern.codegen.cuda", "tern.codegen.jvm")).isFalse();
        assertThat(allowed("tern.codegen.machine", "tern.codegen.jvm")).isFalse();
        assertThat(allowed("tern.codegen.jvm", "tern.scheduler")).isFalse();
        assertThat(allowed("tern.codegen.cuda.simulate", "tern.codegen.cuda.device")).isTrue();
        assertThat(allowed("tern.codegen.cuda.device", "tern.codegen.cuda.simulate")).isFalse();
        assertThat(allowed("tern.codegen.cuda", "jdk.incubator.vector")).isFalse();
        assertThat(allowed("tern.scheduler", "java.sql")).isFalse();
        assertThat(allowed("tern.ir", "sun.misc")).isFalse();
        assertThat(allowed("tern.unheardof", "java.util")).isFalse();
    }

    // ---- the rule ----

    static boolean allowed(String from, String to) {
        String source = part(from);
        String sink = part(to);
        return MAY_SEE.containsKey(source)
                && (source.equals(sink) || COMMON.contains(sink) || MAY_SEE.get(source).contains(sink));
    }

    /// The longest known prefix of a package's name, or the name itself when no part is known by it.
    static String part(String name) {
        for (String prefix = name; !prefix.isEmpty(); prefix = prefix.substring(0, Math.max(0, prefix.lastIndexOf('.'))))
            if (PARTS.contains(prefix)) return prefix;
        return name;
    }

    private static Set<String> union(Iterable<Set<String>> sets) {
        var all = new HashSet<String>();
        sets.forEach(all::addAll);
        return all;
    }

    /// The shortest way from a package back to itself, without its last step; empty if there is none.
    private static List<String> circleThrough(String start, Map<String, Map<String, String>> graph) {
        var reached = new TreeMap<String, List<String>>(Map.of(start, List.of(start)));
        Deque<String> open = new ArrayDeque<>(Set.of(start));
        while (!open.isEmpty()) {
            List<String> way = reached.get(open.peek());
            for (String next : graph.getOrDefault(open.poll(), Map.of()).keySet()) {
                if (next.equals(start)) return way;
                if (reached.putIfAbsent(next, Stream.concat(way.stream(), Stream.of(next)).toList()) == null)
                    open.add(next);
            }
        }
        return List.of();
    }

    /// `a -> b (a/Some) -> a (b/Other)`: after each step, a class that takes it.
    private static String describe(List<String> circle, Map<String, Map<String, String>> graph) {
        var text = new StringBuilder(circle.getFirst());
        for (int i = 0; i < circle.size(); i++) {
            String to = circle.get((i + 1) % circle.size());
            text.append(" -> ").append(to).append(" (").append(graph.get(circle.get(i)).get(to)).append(")");
        }
        return text.toString();
    }

    // ---- what the class files say ----

    /// Package -> package that it uses -> a class that does.
    private static Map<String, Map<String, String>> dependencies() {
        var graph = new TreeMap<String, Map<String, String>>();
        for (Path classes : moduleClasses())
            for (Path file : classFiles(classes)) {
                ClassModel model = parse(file);
                String name = model.thisClass().asInternalName();
                for (String used : namesIn(model))
                    if (!packageOf(used).equals(packageOf(name)))
                        graph.computeIfAbsent(packageOf(name), _ -> new TreeMap<>()).putIfAbsent(packageOf(used), name);
            }
        return graph;
    }

    private static final Pattern CLASS_IN_DESCRIPTOR = Pattern.compile("L([^;<>]+)");

    /// Internal names of all classes that a class file names: in code, in declarations, in generic signatures.
    private static Set<String> namesIn(ClassModel model) {
        var names = new TreeSet<String>();
        var descriptors = new TreeSet<String>();
        for (var entry : model.constantPool())
            switch (entry) {
            case ClassEntry used when used.asInternalName().startsWith("[") -> descriptors.add(used.asInternalName());
            case ClassEntry used -> names.add(used.asInternalName());
            case NameAndTypeEntry used -> descriptors.add(used.type().stringValue());
            case MethodTypeEntry used -> descriptors.add(used.descriptor().stringValue());
            default -> {}
            }
        model.fields().forEach(f -> descriptors.add(f.fieldType().stringValue()));
        model.methods().forEach(m -> descriptors.add(m.methodType().stringValue()));
        Stream.of(Stream.of(model), model.fields().stream(), model.methods().stream())
                .flatMap(s -> s)
                .forEach(element -> descriptors.addAll(signatureOf(element)));
        for (String descriptor : descriptors) {
            var found = CLASS_IN_DESCRIPTOR.matcher(descriptor);
            while (found.find()) names.add(found.group(1));
        }
        names.removeIf(name -> name.indexOf('/') < 0);
        return names;
    }

    private static Set<String> signatureOf(AttributedElement element) {
        return element.findAttribute(Attributes.signature()).map(s -> Set.of(s.signature().stringValue())).orElse(Set.of());
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    private static List<Path> classFiles(Path classes) {
        try (var files = Files.walk(classes)) {
            return files.filter(f -> f.toString().endsWith(".class") && !f.endsWith("module-info.class")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `target/classes` of every module that the architecture names.
    private static List<Path> moduleClasses() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) root = root.getParent();
        return Stream
                .of("ir", "scheduler", "codegen-java", "codegen-cuda", "codegen-cuda/simulator", "autotune", "runtime/engine", "runtime/server", "runtime/api",
                        "runtime/langchain4j",
                        "runtime/spring-ai", "runtime/spark", "runtime/cli")
                .map(root::resolve)
                .map(module -> module.resolve("target").resolve("classes"))
                .toList();
    }

    private static String packageOf(String internalName) {
        return internalName.substring(0, Math.max(0, internalName.lastIndexOf('/'))).replace('/', '.');
    }
}
