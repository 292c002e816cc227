package tern.runtime.cli;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/// Brings classes to forms that HotSpot's archive holds, so that a start need not make them.
///
/// Old classes of libraries get the form of Java 8, with the frames of their stacks: the archive keeps none of a form before Java 6, and of picocli's to infer
/// the frames anew takes a tenth of a second. What new ones have made when they are used first is written out, see [LinkedClasses].
public final class ModernClasses {

    private static final int WITH_FRAMES = ClassFile.JAVA_6_VERSION;

    /// Where the form of a class is, and its bytes: magic number, minor and major version.
    private static final int MAJOR = 6, LEAST = 8;

    private ModernClasses() {}

    /// Rewrites those of some jars that have such classes and are not signed; each is as it was, or whole.
    ///
    /// @param jars of libraries that see each other
    public static void main(String[] jars) throws IOException {
        List<Path> all = List.of(jars).stream().map(Path::of).toList();
        for (Path jar : all) rewrite(jar, all);
    }

    /// @param all where the classes are that those of the jar name
    static void rewrite(Path jar, List<Path> all) throws IOException {
        Path copy = jar.resolveSibling(jar.getFileName() + ".new");
        try (var in = new JarFile(jar.toFile()); var loader = new URLClassLoader(urls(all), ClassLoader.getPlatformClassLoader())) {
            if (in.stream().anyMatch(entry -> entry.getName().endsWith(".SF"))) return; // signed as it is
            boolean changed = false;
            try (var out = new JarOutputStream(Files.newOutputStream(copy))) {
                for (JarEntry entry : Collections.list(in.entries())) {
                    byte[] bytes = bytes(in, entry), modern = entry.getName().endsWith(".class") ? modern(bytes, loader) : bytes;
                    changed |= !Arrays.equals(modern, bytes);
                    out.putNextEntry(new JarEntry(entry.getName()));
                    out.write(modern);
                    out.closeEntry();
                }
            }
            if (changed) Files.move(copy, jar, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static URL[] urls(List<Path> all) throws IOException {
        var urls = new URL[all.size()];
        for (int i = 0; i < urls.length; i++) urls[i] = all.get(i).toUri().toURL();
        return urls;
    }

    private static byte[] bytes(JarFile in, JarEntry entry) throws IOException {
        try (var stream = in.getInputStream(entry)) {
            return stream.readAllBytes();
        }
    }

    private static byte[] modern(byte[] bytes, ClassLoader loader) {
        ClassFile files = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader).orElse(ClassHierarchyResolver.defaultResolver())));
        return isOld(bytes) ? framed(files, bytes) : LinkedClasses.of(files, bytes);
    }

    private static boolean isOld(byte[] bytes) {
        return bytes.length >= LEAST && ((bytes[MAJOR] & 0xff) << 8 | bytes[MAJOR + 1] & 0xff) < WITH_FRAMES;
    }

    private static byte[] framed(ClassFile files, byte[] bytes) {
        return files.transformClass(files.parse(bytes), ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen((builder, element) -> {
            if (element instanceof ClassFileVersion) builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            else builder.with(element);
        }));
    }
}
