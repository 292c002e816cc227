package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModernClassesTest {

    private static final MethodTypeDesc ABS = MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int);

    @TempDir
    Path folder;

    /// `static int abs(int a) { return a < 0 ? -a : a; }`, in the form of Java 5: without frames.
    private static byte[] old() {
        return ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS).build(ClassDesc.of("Old"), builder -> builder.withVersion(ClassFile.JAVA_5_VERSION, 0)
                .withMethodBody("abs", ABS, AccessFlag.PUBLIC.mask() | AccessFlag.STATIC.mask(), code -> code.iload(0).ifThenElse(Opcode.IFLT,
                        then -> then.iload(0).ineg().ireturn(), otherwise -> otherwise.iload(0).ireturn())));
    }

    private Path jar(byte[] bytes) throws IOException {
        Path jar = folder.resolve("old.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : new String[] {"Old.class", "text"}) {
                out.putNextEntry(new JarEntry(name));
                out.write(name.equals("text") ? new byte[] {1, 2} : bytes);
                out.closeEntry();
            }
        }
        return jar;
    }

    @Test
    void oldClassesGetFramesAndDoWhatTheyDid() throws Exception {
        Path jar = jar(old());
        ModernClasses.main(new String[] {jar.toString()});
        try (var in = new JarFile(jar.toFile()); var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            byte[] bytes = in.getInputStream(in.getEntry("Old.class")).readAllBytes();
            assertThat(ClassFile.of().parse(bytes).majorVersion()).isEqualTo(ClassFile.JAVA_8_VERSION);
            assertThat(in.getInputStream(in.getEntry("text")).readAllBytes()).containsExactly(1, 2);
            var abs = loader.loadClass("Old").getMethod("abs", int.class);
            assertThat(abs.invoke(null, -7)).isEqualTo(7);
            assertThat(abs.invoke(null, 8)).isEqualTo(8);
        }
        byte[] once = Files.readAllBytes(jar);
        ModernClasses.main(new String[] {jar.toString()});
        assertThat(Files.readAllBytes(jar)).as("nothing is old any more").isEqualTo(once);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(jar);
        }
    }
}
