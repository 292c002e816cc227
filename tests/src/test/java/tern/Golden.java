package tern;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Compares generated text with a file under `src/test/resources/golden`. Run with `-Dgolden.update=true` to accept new text,
/// then read the diff.
final class Golden {

    private static final Path ROOT = Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");

    private Golden() {}

    static void assertMatches(String name, String actual) {
        Path file = ROOT.resolve(name);
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, actual);
            }
            if (!Files.exists(file)) throw new AssertionError("no golden file " + file + "; run with -Dgolden.update=true");
            String expected = Files.readString(file).replace("\r\n", "\n");
            if (!expected.equals(actual))
                throw new AssertionError("%s differs; -Dgolden.update=true accepts it%s".formatted(file, firstDifference(expected, actual)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String firstDifference(String expected, String actual) {
        List<String> want = expected.lines().toList(), have = actual.lines().toList();
        int i = 0;
        while (i < want.size() && i < have.size() && want.get(i).equals(have.get(i))) i++;
        return "%n  line %d%n  expected: %s%n  actual:   %s".formatted(
                i + 1, i < want.size() ? want.get(i) : "<end>", i < have.size() ? have.get(i) : "<end>");
    }
}
