package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// What a user would do with Java source: compile it, with nothing of Tern on the class path, and load it.
public final class JavaCompilation {

    private JavaCompilation() {}

    /// All sources below a folder. Warnings are errors, but for those of which the Vector API and memory by address are the cause.
    ///
    /// @param classes   where the class files go
    /// @param classPath of the compilation
    /// @param more      options; without any, annotations are not processed
    public static void compile(Path sources, Path classes, String classPath, String... more) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(sources)) {
            files = found.filter(file -> file.toString().endsWith(".java")).toList();
        }
        Files.createDirectories(classes);
        var options = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-d", classes.toString(), "-cp", classPath,
                "-Xlint:all,-incubating,-restricted,-processing", "-Werror"));
        options.addAll(more.length == 0 ? List.of("-proc:none") : Arrays.asList(more));
        var messages = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            boolean done = compiler.getTask(messages, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files)).call();
            assertThat(done).as("%s", messages).isTrue();
        }
    }

    /// Sees the JDK and these folders, nothing of Tern.
    public static ClassLoader loader(Path... folders) {
        return new URLClassLoader(Arrays.stream(folders).map(JavaCompilation::url).toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static URL url(Path folder) {
        try {
            return folder.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
