package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import tern.autotune.record.Records;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.jvm.JvmClass;
import tern.ir.loop.Program;
import tern.runtime.server.TernServer;
import tern.scheduler.Lowering;

/// Numbers in texts for machines never follow the user's locale: PTX with Arabic digits is no PTX. The command line sets a locale for the
/// whole process, but a program that embeds the libraries does not. Letters are held by Error Prone, `StringCaseLocaleUsage`.
class LocaleTest {

    private static final List<Class<?>> MODULES = List.of(Program.class, Lowering.class, JvmClass.class, Records.class, TernServer.class, CardNumbers.class);

    /// Where several modules lie in one folder.
    private static final Pattern OWN = Pattern.compile("tern/(ir|scheduler|codegen|autotune|runtime/server)/.*");

    private static final Pattern NUMBER = Pattern.compile("%(\\d+\\$)?[-#+ 0,(]*\\d*(\\.\\d+)?[dfeg]");

    @Test
    void everyNumberIsFormattedForALocale() throws Exception {
        var wrong = new ArrayList<String>();
        int read = 0;
        Set<Path> roots = new TreeSet<>();
        for (Class<?> one : MODULES) roots.add(Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()));
        for (Path root : roots)
            for (byte[] bytes : classes(root)) {
                var node = new ClassNode();
                new ClassReader(bytes).accept(node, ClassReader.SKIP_DEBUG);
                if (!OWN.matcher(node.name).matches()) continue;
                read++;
                for (MethodNode method : node.methods) if (formats(method)) wrong.add(node.name + "." + method.name);
            }
        assertThat(read).isGreaterThan(500);
        assertThat(wrong).as("use String.format(Locale.ROOT, ...)").isEmpty();
    }

    /// Whether a method formats without a locale, with a number in the format that was loaded last.
    private static boolean formats(MethodNode method) {
        String format = "";
        for (AbstractInsnNode instruction : method.instructions) {
            if (instruction instanceof LdcInsnNode ldc && ldc.cst instanceof String text && text.contains("%")) format = text;
            boolean isCall = instruction instanceof MethodInsnNode call && !call.desc.contains("java/util/Locale")
                    && (call.owner.equals("java/lang/String") && (call.name.equals("formatted") || call.name.equals("format"))
                            || (call.name.equals("printf") || call.name.equals("format")) && call.owner.startsWith("java/io/Print"));
            if (isCall && NUMBER.matcher(format).find()) return true;
        }
        return false;
    }

    private static List<byte[]> classes(Path root) throws IOException {
        var all = new ArrayList<byte[]>();
        try (Stream<Path> files = Files.isDirectory(root) ? Files.walk(root) : Stream.of()) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) all.add(Files.readAllBytes(file));
        }
        if (!Files.isDirectory(root)) all.addAll(inJar(root));
        return all;
    }

    private static List<byte[]> inJar(Path jar) throws IOException {
        var all = new ArrayList<byte[]>();
        try (var file = new java.util.jar.JarFile(jar.toFile())) {
            for (var entry : file.stream().filter(entry -> entry.getName().startsWith("tern/") && entry.getName().endsWith(".class")).toList())
                try (InputStream in = file.getInputStream(entry)) {
                    all.add(in.readAllBytes());
                }
        }
        return all;
    }
}
