package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.Breadth;

/// `codegen-cuda/gpu-check`, the script: what it builds runs where there is no other Java, and is small enough to be carried.
class GpuCheckImageTest {

    private static final Path SCRIPT = Path.of(System.getProperty("basedir", "."), "..", "codegen-cuda", "gpu-check");

    private static final long MOST = 60L << 20;

    @TempDir
    Path folder;

    private record Run(int status, String said) {}

    /// With nothing in its environment but what is given, and a PATH with the usual tools and no Java.
    private Run script(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(Stream.concat(Stream.of("/bin/sh", SCRIPT.toString()), Stream.of(arguments)).toList());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put("PATH", tools().toString());
        builder.environment().put("GPU_CHECK_HOME", folder.resolve("image").toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), said);
    }

    private Path tools() throws IOException {
        Path tools = Files.createDirectories(folder.resolve("tools"));
        for (String tool : new String[] {"dirname", "basename", "cp", "rm", "mv", "mkdir", "du", "cut", "sed", "cat", "env", "uname", "readlink", "ls"})
            for (String place : new String[] {"/usr/bin", "/bin"})
                if (Files.isExecutable(Path.of(place, tool)) && !Files.exists(tools.resolve(tool)))
                    Files.createSymbolicLink(tools.resolve(tool), Path.of(place, tool));
        return tools;
    }

    /// The class path of these tests, as jars: what an application has, and libraries of the tests, but no second Jackson.
    private Path jars() throws IOException {
        Path jars = Files.createDirectories(folder.resolve("jars"));
        var said = new StringWriter();
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            if (Files.isDirectory(path)) {
                if (name.equals("test-classes") || !Files.isDirectory(path.resolve("tern"))) continue;
                Path to = jars.resolve("tern-" + path.toAbsolutePath().normalize().toString().replace(File.separatorChar, '-') + ".jar");
                int status = jar.run(new PrintWriter(said), new PrintWriter(said), "--create", "--file", to.toString(), "-C", entry, ".");
                assertThat(status).as(said.toString()).isZero();
            } else if (name.endsWith(".jar") && !name.matches("jackson-(core|databind|module|datatype).*-2[.].*"))
                Files.copy(path, jars.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        return jars;
    }

    @Test
    void runsWithTheJavaItCarries() throws Exception {
        Path jdk = Path.of(System.getProperty("java.home"));
        assumeThat(Files.isExecutable(Path.of("/bin/sh")) && Files.isExecutable(jdk.resolve("bin/jlink"))).as("a shell and jlink").isTrue();
        Run missing = script(Map.of(), "run");
        assertThat(missing.status).isEqualTo(2);
        assertThat(missing.said).contains("gpu-check build' makes it");
        assumeThat(Breadth.ALL).as("in the campaign: the image is made").isTrue();

        Run built = script(Map.of("GPU_CHECK_JARS", jars().toString(), "GPU_CHECK_JDK", jdk.toString()), "build");
        assertThat(built.status).as(built.said).isZero();
        assertThat(built.said).contains("MiB, with the modules java.compiler,");
        try (Stream<Path> files = Files.walk(folder.resolve("image"))) {
            assertThat(files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum()).isLessThan(MOST);
        }
        Path json = folder.resolve("check.json");
        Run checked = script(Map.of(), "run", "--simulate", "--quick", "--only", "card,copy", "--json", json.toString());
        assertThat(checked.status).as(checked.said).isZero();
        assertThat(checked.said).contains("simulated h200").endsWith("2 measured\n");
        assertThat(Files.readString(json)).contains("\"good\" : true");
    }
}
