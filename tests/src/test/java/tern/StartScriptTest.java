package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./tern` and the launcher, with scripts in place of the JDK and of Maven.
class StartScriptTest {

    private static final String LAUNCH = "runtime/cli/src/main/launch/";

    @TempDir
    Path folder;

    private Path root, jdk, asked;

    private record Run(int status, String said) {}

    @BeforeEach
    void aCheckoutWithoutSources() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell on this machine");
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("mvnw"))) here = here.getParent();
        root = folder.resolve("a checkout");
        for (String file : List.of("tern", LAUNCH + "tern", LAUNCH + "jvm.options")) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.copy(here.resolve(file), root.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        script(root.resolve("mvnw"), "for word; do case $word in -Dapp=*) mkdir -p \"${word#-Dapp=}\" ;; esac; done");
        asked = folder.resolve("asked");
        jdk = jdk("jdk 25", "25.0.3", "25.0.3");
    }

    /// @param claims what its release file says
    /// @param is     what it says when it is asked, which is noted; then it shows what else it is started with
    private Path jdk(String name, String claims, String is) throws IOException {
        Path home = folder.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/java"), "case $1 in -version) echo asked >> '" + asked + "'; echo 'openjdk version \"" + is
                + "\" 2026-01-01' >&2 ;; *) echo \"$@\" ;; esac");
        script(home.resolve("bin/javac"), "true");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + claims + "\"\n");
        return home;
    }

    private static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Run tern(Map<String, String> variables) throws IOException, InterruptedException {
        return start(root.resolve("tern"), variables);
    }

    private static Run start(Path script, Map<String, String> variables) throws IOException, InterruptedException {
        return start(script, variables, "check", "two words");
    }

    private static Run start(Path script, Map<String, String> variables, String... words) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(Stream.concat(Stream.of(script.toString()), Stream.of(words)).toList());
        builder.environment().keySet().removeIf(name -> name.startsWith("TERN") || name.equals("JAVA_HOME"));
        builder.environment().putAll(variables);
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), said);
    }

    private int timesAsked() throws IOException {
        return Files.exists(asked) ? Files.readAllLines(asked).size() : 0;
    }

    @Test
    void aJdkIsAskedOnceUntilItChanges() throws Exception {
        var chosen = Map.of("TERN_JAVA_HOME", jdk.toString());
        Run first = tern(chosen);
        assertThat(first.status).as(first.said).isZero();
        assertThat(first.said).startsWith("tern: building ...\n@" + root.resolve(LAUNCH + "jvm.options")).endsWith(" check two words\n");
        assertThat(timesAsked()).isEqualTo(1);
        assertThat(tern(chosen).said).doesNotContain("building").contains(" --module tern.runtime.cli/tern.runtime.cli.Main check two words");
        assertThat(timesAsked()).as("the verdict is kept").isEqualTo(1);

        jdk("jdk 25", "26", "26");
        assertThat(tern(chosen).status).isZero();
        assertThat(timesAsked()).as("another release file").isEqualTo(2);
        script(jdk.resolve("bin/java"), "echo asked >> '" + asked + "'; echo 'openjdk version \"17\"'");
        assertThat(tern(chosen)).as("another java")
                .isEqualTo(new Run(2, "tern: TERN_JAVA_HOME is " + jdk + ", which is no JDK 25 or later\n"));
        assertThat(timesAsked()).isEqualTo(3);
        Files.delete(jdk.resolve("bin/javac"));
        assertThat(tern(chosen).said).as("no compiler").contains("which is no JDK 25 or later");
        assertThat(timesAsked()).isEqualTo(3);
    }

    @Test
    void aReleaseFileThatLiesIsFoundOutOnce() throws Exception {
        var chosen = Map.of("TERN_JAVA_HOME", jdk("a liar", "25.0.1", "21.0.2").toString());
        var refused = new Run(2, "tern: TERN_JAVA_HOME is " + folder.resolve("a liar") + ", which is no JDK 25 or later\n");
        assertThat(tern(chosen)).isEqualTo(refused);
        assertThat(tern(chosen)).isEqualTo(refused);
        assertThat(timesAsked()).isEqualTo(1);
    }

    @Test
    void whatIsKeptMayBeSpoiledOrUnwritable() throws Exception {
        var chosen = Map.of("TERN_JAVA_HOME", jdk.toString());
        Path judged = root.resolve("runtime/cli/target/jdk.judged");
        assertThat(tern(chosen).status).isZero();
        Files.writeString(judged, "yes\nyes " + jdk + "\n\0\n");
        assertThat(tern(chosen).status).isZero();
        assertThat(timesAsked()).as("no verdict of this JDK").isEqualTo(2);
        Files.delete(judged);
        Files.createDirectory(judged);
        Run unwritable = tern(chosen);
        assertThat(unwritable.status).as(unwritable.said).isZero();
        assertThat(unwritable.said).startsWith("@");
    }

    /// The module keeps the JVM from its archives of classes.
    @Test
    void theVectorApiIsAskedForWhereKernelsAreBytecode() throws Exception {
        boolean x86 = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
        Path lib = Files.createDirectories(folder.resolve("a lib"));
        Files.createFile(lib.resolve("tern.aot"));
        var chosen = Map.of("TERN_JAVA", jdk.resolve("bin/java").toString(), "TERN_LIB", lib.toString());
        for (String[] words : new String[][] {
            {"run", "--code", "bytecode"}, {"run", "--device=cpu:bytecode"}, {"dump", "--code", "machine"}, {"run", "--code", "machine", "--prompt-file", "-"}
        }) {
            Run run = start(root.resolve(LAUNCH + "tern"), chosen, words);
            assertThat(run.said).as(String.join(" ", words)).contains(" --add-modules=jdk.incubator.vector ").doesNotContain("-XX:AOTCache");
        }
        assumeTrue(x86, "kernels are always bytecode here");
        for (String[] words : new String[][] {{"run", "--code", "machine"}, {"bench", "--code=machine"}, {"run", "--device", "cpu:machine"}}) {
            Run run = start(root.resolve(LAUNCH + "tern"), chosen, words);
            assertThat(run.said).as(String.join(" ", words)).contains(" -XX:AOTCache=" + lib + "/tern.aot ").doesNotContain("incubator");
        }
        var narrow = new HashMap<>(chosen);
        narrow.put("TERN_JAVA_OPTS", "-XX:UseAVX=1");
        assertThat(start(root.resolve(LAUNCH + "tern"), narrow, "run", "--code", "machine").said).contains("incubator");
    }

    @Test
    void theLauncherOfAnArchiveFindsItsJava() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("an archive/bin"));
        for (String file : List.of("tern", "jvm.options"))
            Files.copy(root.resolve(LAUNCH + file), bin.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        var chosen = new HashMap<>(Map.of("TERN_JAVA_HOME", jdk.toString()));
        Run run = start(bin.resolve("tern"), chosen);
        assertThat(run.status).as(run.said).isZero();
        assertThat(run.said).startsWith("@" + bin.resolve("jvm.options") + " ").contains("--module-path " + bin + "/../lib ").endsWith(" check two words\n");
        chosen.put("TERN_JAVA_HOME", jdk("old", "21", "21").toString());
        assertThat(start(bin.resolve("tern"), chosen))
                .isEqualTo(new Run(2, "tern: TERN_JAVA_HOME is " + folder.resolve("old") + ", which is no Java 25 or later\n"));
        // An image's own Java comes before any other.
        Path own = Files.createDirectories(bin.resolveSibling("jre/bin"));
        script(own.resolve("java"), "echo its own");
        assertThat(start(bin.resolve("tern"), chosen)).isEqualTo(new Run(0, "its own\n"));
    }
}
