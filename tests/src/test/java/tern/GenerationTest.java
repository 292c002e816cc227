package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.record.Environment;
import tern.codegen.jvm.device.CpuDevice;
import tern.ir.device.CodeDigest;

/// What tuning records call the code generator's generation: all classes that decide the code, and nothing that differs from build to build.
class GenerationTest {

    /// Names of classes, alone or in a signature.
    private static final Pattern NAME = Pattern.compile("tern/[A-Za-z0-9_/$]+");

    @TempDir
    Path folder;

    /// From lowering and from what emits, links and runs a program, whatever is named in a class file, and so on from there.
    private static Set<String> decisive() throws IOException {
        Deque<String> next = new ArrayDeque<>(List.of(
                "tern/scheduler/Lowering", "tern/codegen/jvm/emit/JvmEmitter", "tern/codegen/jvm/Linker", "tern/codegen/jvm/device/ProgramKernel"));
        var seen = new TreeSet<String>();
        while (!next.isEmpty()) {
            String name = next.pop();
            if (seen.contains(name)) continue;
            try (InputStream file = GenerationTest.class.getResourceAsStream("/" + name + ".class")) {
                if (file == null) continue; // the name of something else
                seen.add(name);
                for (PoolEntry entry : ClassFile.of().parse(file.readAllBytes()).constantPool())
                    if (entry instanceof Utf8Entry text) NAME.matcher(text.stringValue()).results().forEach(found -> next.push(found.group()));
            }
        }
        return seen;
    }

    @Test
    void nothingThatDecidesTheCodeIsLeftOut() throws IOException {
        Set<String> decisive = decisive();
        // The emitter tells it the names of variables; no instruction comes from it.
        decisive.removeIf(name -> name.startsWith("tern/codegen/jvm/emit/Remarks"));
        assertThat(decisive).hasSizeGreaterThan(100)
                .contains("tern/scheduler/vector/TileBody", "tern/ir/loop/Program", "tern/codegen/jvm/emit/Vectors", "tern/codegen/jvm/team/Team");
        for (List<String> besides : List.of(Environment.BESIDES, CpuDevice.BESIDES))
            assertThat(decisive).noneMatch(name -> besides.stream().anyMatch((name + ".class")::startsWith));
    }

    /// A name that matches no class any more has been forgotten here when the class was renamed.
    @Test
    void whatIsLeftOutExists() {
        for (List<String> besides : List.of(Environment.BESIDES, CpuDevice.BESIDES))
            for (String path : besides)
                assertThat(GenerationTest.class.getResource("/" + path + example(path))).as(path).isNotNull();
    }

    private static String example(String path) {
        if (!path.endsWith("/")) return ".class";
        return path.startsWith("tern/") ? "package-info.class" : "";
    }

    /// What writes kernels of vectors, compiled twice, its files in opposite orders.
    @Test
    void twoBuildsOfTheSameSourcesAreOneGeneration() throws Exception {
        Path sources = Path.of(System.getProperty("basedir", "."), "..", "scheduler", "src", "main", "java", "tern", "scheduler", "vector");
        List<String> files;
        try (Stream<Path> all = Files.walk(sources)) {
            files = new ArrayList<>(all.map(Path::toString).filter(f -> f.endsWith(".java") && !f.endsWith("module-info.java")).sorted().toList());
        }
        assertThat(files).hasSizeGreaterThan(10);
        String one = generation(build("one", files));
        Collections.reverse(files);
        assertThat(generation(build("two", files))).isEqualTo(one);
    }

    private Path build(String name, List<String> files) throws IOException {
        Path out = Files.createDirectory(folder.resolve(name));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-g", "-nowarn", "-proc:none", "-d", out.toString(), "-cp", path);
            assertThat(compiler.getTask(null, manager, null, options, null, manager.getJavaFileObjectsFromStrings(files)).call()).isTrue();
        }
        return out;
    }

    private static String generation(Path classes) throws Exception {
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            return CodeDigest.of(Environment.BESIDES, Class.forName("tern.scheduler.vector.TileBody", false, loader));
        }
    }
}
