package tern.codegen.jvm.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javapoet.ClassName;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.source.JavaText;
import tern.ir.device.Proved;
import tern.ir.loop.Program;

/// Classes that stand alone, as class files and as source, in a folder; compiled and loaded as a user would.
final class Standalone {

    private static final String PACKAGE = "kernels";

    private final Path sources, faces, fromSource, classes;

    Standalone(Path folder) throws IOException {
        sources = Files.createDirectories(folder.resolve("sources").resolve(PACKAGE)).getParent();
        faces = Files.createDirectories(folder.resolve("faces").resolve(PACKAGE)).getParent();
        fromSource = Files.createDirectories(folder.resolve("from-source"));
        classes = Files.createDirectories(folder.resolve("classes").resolve(PACKAGE)).getParent();
    }

    /// Writes both forms of a class with the method `run`.
    ///
    /// @throws tern.ir.device.CompileException as the emitter does
    void write(String name, Program program, int vectorBits) throws IOException {
        for (boolean whole : new boolean[] {true, false}) {
            var entries = List.of(new StandaloneEmitter.Entry("run", Proved.wrapping(program), "Runs."));
            ClassName type = ClassName.get(PACKAGE, name);
            var written = StandaloneClass.of(type, entries, new Machine(vectorBits), Map.of("WIDTH", vectorBits), whole);
            if (!whole) Files.write(classes.resolve(StandaloneClass.path(written.bodies()) + ".class"), written.bytes());
            Files.writeString((whole ? sources : faces).resolve(PACKAGE + "/" + name + ".java"), JavaText.file(PACKAGE, written.type().build()));
        }
    }

    /// Compiles all sources; every warning of javac but those that the API itself is cause of is an error.
    void compile() throws IOException {
        compile(sources, fromSource);
        compile(faces, classes);
    }

    private static void compile(Path sources, Path classes) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(sources.resolve(PACKAGE))) {
            files = found.toList();
        }
        var messages = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            boolean done = compiler.getTask(messages, manager, null,
                    List.of("--add-modules", "jdk.incubator.vector", "-proc:none", "-parameters", "-cp", classes.toString(),
                            "-d", classes.toString(), "-Xlint:all,-incubating,-restricted", "-Werror"),
                    null, manager.getJavaFileObjectsFromPaths(files))
                    .call();
            assertThat(done).as("%s", messages).isTrue();
        }
    }

    /// The class as javac made it of the source.
    Class<?> ofSource(String name) throws IOException, ClassNotFoundException {
        return load(fromSource, name);
    }

    /// The class whose code is a class file as it was emitted.
    Class<?> ofBytes(String name) throws IOException, ClassNotFoundException {
        return load(classes, name);
    }

    // Left open: the class may load others as long as it lives.
    @SuppressWarnings("resource")
    private static Class<?> load(Path folder, String name) throws IOException, ClassNotFoundException {
        var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
        return Class.forName(PACKAGE + "." + name, true, loader);
    }

    /// Runs all blocks, in two parts of which the second goes first.
    static List<byte[]> run(Class<?> type, Program program, List<byte[]> inputs, int n) throws ReflectiveOperationException {
        Method method = Arrays.stream(type.getMethods())
                .filter(m -> m.getName().equals("run") && hasRange(m, program))
                .findFirst()
                .orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            var arguments = new ArrayList<Object>();
            for (byte[] input : inputs) {
                MemorySegment segment = arena.allocate(input.length + 64L, 64);
                MemorySegment.copy(MemorySegment.ofArray(input), 0, segment, 0, input.length);
                arguments.add(segment);
            }
            int blocks = type.getField("RUN_BLOCKS").getInt(null);
            if (Arrays.stream(type.getFields()).anyMatch(f -> f.getName().equals("RUN_SCRATCH_BYTES")))
                arguments.add(arena.allocate(type.getField("RUN_SCRATCH_BYTES").getLong(null), 64));
            program.scalars().forEach(scalar -> arguments.add(n));
            for (int[] part : new int[][] {{blocks / 2, blocks}, {0, blocks / 2}}) {
                var all = new ArrayList<>(arguments);
                all.add(part[0]);
                all.add(part[1]);
                method.invoke(null, all.toArray());
            }
            var results = new ArrayList<byte[]>();
            for (int i = 0; i < inputs.size(); i++)
                results.add(((MemorySegment) arguments.get(i)).asSlice(0, inputs.get(i).length)
                        .toArray(ValueLayout.JAVA_BYTE));
            return results;
        }
    }

    /// The version with `from` and `to`.
    private static boolean hasRange(Method method, Program program) {
        long numbers = Arrays.stream(method.getParameterTypes()).filter(t -> t == int.class).count();
        return numbers == program.scalars().size() + 2;
    }
}
