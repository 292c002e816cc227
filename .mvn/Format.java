import com.palantir.javaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/// Formats every Java file of the repository, or checks that each is formatted. The build runs it with the JDK that compiles:
/// Maven's own may be too old to parse the sources. Files that are older than the last good check are not looked at again.
final class Format {

    /// The formatter wraps a longer comment line and loses its `///`. Consecutive lines are one comment to it, in which
    /// the indentation of all lines but the first counts twice.
    private static final int WIDTH = 120;

    private Format() {}

    /// @param args `check` or `apply`; the root; the file that notes the last good check
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]);
        Path checked = Path.of(args[2]);
        FileTime start = FileTime.fromMillis(System.currentTimeMillis());
        List<Path> files = sources(root, apply || !Files.exists(checked) ? FileTime.fromMillis(0) : Files.getLastModifiedTime(checked));
        if (!files.isEmpty()) {
            failIf(longComments(root, files), "a comment line is too long (indentation counted twice)");
            failIf(run(root, files, apply), "not formatted; ./mvnw -N -Pformat validate mends it");
        }
        Files.writeString(checked, "");
        Files.setLastModifiedTime(checked, start);
    }

    private static void failIf(List<String> problems, String what) {
        if (problems.isEmpty()) return;
        problems.forEach(System.err::println);
        System.err.println(problems.size() + " times: " + what);
        System.exit(1);
    }

    private static List<Path> sources(Path root, FileTime after) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = String.valueOf(folder.getFileName());
                boolean ours = folder.equals(root) || !name.startsWith(".") && !name.equals("target");
                return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java") && attributes.lastModifiedTime().compareTo(after) >= 0) files.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
        return files.stream().sorted().toList();
    }

    private static List<String> longComments(Path root, List<Path> files) throws IOException {
        var found = new ArrayList<String>();
        for (Path file : files) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                int indent = line.length() - line.stripLeading().length();
                if (line.startsWith("///", indent) && line.length() + indent > WIDTH && line.indexOf(' ', indent + 4) > 0)
                    found.add("%s:%d".formatted(root.relativize(file), i + 1));
            }
        }
        return found;
    }

    /// Names of files that are not formatted, or what the formatter says of files that it cannot read.
    private static List<String> run(Path root, List<Path> files, boolean apply) throws Exception {
        var out = new StringWriter();
        var err = new StringWriter();
        var words = new ArrayList<String>();
        words.add("--palantir");
        // It takes imports that Markdown comments alone use for unused; javac's doclint and Error Prone know better.
        words.add("--skip-removing-unused-imports");
        words.addAll(apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
        files.forEach(file -> words.add(file.toString()));
        int status = new Main(new PrintWriter(out, true), new PrintWriter(err, true), System.in).format(words.toArray(String[]::new));
        List<String> said = (out + "" + err).lines().toList();
        if (apply && status == 0) System.out.println(files.size() + " files are formatted");
        return status == 0 ? List.of() : said.isEmpty() ? List.of("the formatter ended with status " + status) : said;
    }
}
