package tern.ir.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeDigestTest {

    /// Of the module that is digested.
    static final class Member {}

    private static final String MEMBER = "tern/ir/device/CodeDigestTest$Member.class";

    @TempDir
    Path folder;

    private final Map<String, byte[]> files = new TreeMap<>();
    private List<String> besides = List.of();

    @BeforeEach
    void fill() throws IOException {
        try (InputStream member = CodeDigestTest.class.getResourceAsStream("CodeDigestTest$Member.class")) {
            files.put(MEMBER, member.readAllBytes());
        }
        files.put("tern/ir/other/Other.class", new byte[] {1, 2, 3});
        files.put("some.txt", new byte[] {1});
        files.put("module-info.class", new byte[] {1});
    }

    private String inFolder() throws Exception {
        Path root = Files.createTempDirectory(folder, "classes");
        for (var file : files.entrySet()) {
            Path path = root.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        return digest(root);
    }

    private String inJar() throws Exception {
        Path jar = Files.createTempFile(folder, "classes", ".jar");
        try (OutputStream out = Files.newOutputStream(jar); var zip = new JarOutputStream(out)) {
            for (var file : files.entrySet()) {
                zip.putNextEntry(new JarEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return digest(jar);
    }

    private String digest(Path location) throws Exception {
        try (var loader = new URLClassLoader(new URL[] {location.toUri().toURL()}, null)) {
            return CodeDigest.of(besides, loader.loadClass(CodeDigestTest.Member.class.getName()));
        }
    }

    @Test
    void aFolderAndAJarOfTheSameClassesAgree() throws Exception {
        assertThat(inFolder()).matches("[0-9a-f]{16}").isEqualTo(inJar()).isEqualTo(inFolder());
    }

    @Test
    void anyOtherClassIsAnotherName() throws Exception {
        String before = inJar();
        files.put("tern/ir/other/Other.class", new byte[] {1, 2, 4});
        assertThat(inJar()).isNotEqualTo(before).isEqualTo(inFolder());
        files.put("tern/ir/other/Other.class", new byte[] {1, 2, 3});
        assertThat(inJar()).isEqualTo(before);
        files.put("tern/ir/other/Third.class", new byte[] {1, 2, 3});
        assertThat(inJar()).isNotEqualTo(before);
        files.remove("tern/ir/other/Third.class");
        files.remove("tern/ir/other/Other.class");
        assertThat(inJar()).isNotEqualTo(before);
    }

    @Test
    void whatHasNoPartInItDoesNotCount() throws Exception {
        String before = inFolder();
        besides = List.of("tern/ir/other/");
        String less = inFolder();
        assertThat(less).isNotEqualTo(before).isEqualTo(inJar());
        files.put("tern/ir/other/Other.class", new byte[] {4});
        assertThat(inFolder()).isEqualTo(less);
        files.put("tern/ir/others/Other.class", new byte[] {4});
        assertThat(inFolder()).isNotEqualTo(less);
    }

    @Test
    void whatIsNoCodeDoesNotCount() throws Exception {
        String before = inJar();
        files.put("some.txt", new byte[] {2});
        files.put("module-info.class", new byte[] {2});
        files.put("tern/ir/other/package-info.class", new byte[] {2});
        assertThat(inJar()).isEqualTo(before);
    }

    /// As in tern-spark.jar.
    @Test
    void whatElseIsInTheJarDoesNotCount() throws Exception {
        String before = inJar();
        files.put("tern/irs/Other.class", new byte[] {1});
        files.put("tern/scheduler/Other.class", new byte[] {1});
        files.put("org/library/Other.class", new byte[] {1});
        assertThat(inJar()).isEqualTo(before).isEqualTo(inFolder());
    }

    @Test
    void severalModulesHaveANameOfTheirOwn() {
        assertThat(CodeDigest.of(Device.class, Test.class))
                .isEqualTo(CodeDigest.of(Test.class, Device.class))
                .isNotEqualTo(CodeDigest.of(Device.class));
    }

    /// As of a program that jlink put together.
    @Test
    void modulesInARuntimeImage() throws Exception {
        Class<?> inImage = Class.forName("com.sun.tools.javac.Main");
        assertThat(CodeDigest.of(inImage)).matches("[0-9a-f]{16}").isEqualTo(CodeDigest.of(inImage));
    }

    @Test
    void classesOfNowhereNeverAgree() {
        assertThat(CodeDigest.of(String.class)).isNotEqualTo(CodeDigest.of(String.class));
    }
}
