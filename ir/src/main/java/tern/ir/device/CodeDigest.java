package tern.ir.device;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;
import tern.ir.store.Store;

/// A short name for the code of modules: another one when any class of theirs was compiled from other code. So nobody has
/// to remember to raise a number when a code generator changes.
///
/// It is made from the name, length and CRC-32 of every class file that has the first two names of its package in common with the member: one
/// jar may hold several modules, and libraries. A jar lists these, so that nothing has to be unpacked. It distinguishes versions; it is no
/// protection against someone who wants two to look alike.
public final class CodeDigest {

    /// Of jars that were read; nobody replaces one while its classes are in use.
    private static final Map<Path, List<String>> READ = new ConcurrentHashMap<>();

    private CodeDigest() {}

    /// @param members one class of each module
    /// @return hexadecimal digits; if the class files cannot be found, a name that is never given again
    public static String of(Class<?>... members) {
        return of(List.of(), members);
    }

    /// @param besides beginnings of the paths of class files that do not count: `tern/ir/reference/`, `tern/scheduler/CostModel`
    /// @param members one class of each module
    /// @return hexadecimal digits; if the class files cannot be found, a name that is never given again
    public static String of(List<String> besides, Class<?>... members) {
        var files = new TreeSet<String>();
        try {
            for (Class<?> member : members) files.addAll(classFiles(member));
            files.removeIf(line -> besides.stream().anyMatch(line::startsWith));
            return HexFormat.of().toHexDigits(Store.sum(String.join("\n", files).getBytes(StandardCharsets.UTF_8), 0));
        } catch (IOException | URISyntaxException e) {
            return UUID.randomUUID().toString();
        }
    }

    private static List<String> classFiles(Class<?> member) throws IOException, URISyntaxException {
        String root = member.getPackageName().replaceFirst("^([^.]+[.][^.]+)[.].*", "$1").replace('.', '/') + "/";
        return allClassFiles(member).stream().filter(line -> line.startsWith(root)).toList();
    }

    private static List<String> allClassFiles(Class<?> member) throws IOException, URISyntaxException {
        CodeSource source = member.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) throw new IOException("nobody says where " + member + " is from");
        Path location = Path.of(source.getLocation().toURI()); // a folder in a runtime image, too
        if (Files.isDirectory(location)) return inFolder(location);
        List<String> read = READ.get(location);
        if (read != null) return read;
        List<String> lines = inJar(location);
        READ.put(location, lines);
        return lines;
    }

    /// All but descriptors, which hold no code; into a module's a jar tool may write.
    private static boolean counts(String name) {
        return name.endsWith(".class") && !name.endsWith("module-info.class") && !name.endsWith("package-info.class");
    }

    private static List<String> inJar(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream()
                    .filter(entry -> counts(entry.getName()))
                    .map(entry -> line(entry.getName(), entry.getSize(), entry.getCrc()))
                    .toList();
        }
    }

    private static List<String> inFolder(Path folder) throws IOException {
        var lines = new ArrayList<String>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(file -> counts(file.toString()))::iterator) {
                var crc = new CRC32();
                byte[] bytes = Files.readAllBytes(file);
                crc.update(bytes);
                String name = folder.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
                lines.add(line(name, bytes.length, crc.getValue()));
            }
        }
        return lines;
    }

    private static String line(String name, long length, long crc) {
        return name + " " + length + " " + Long.toHexString(crc);
    }
}
