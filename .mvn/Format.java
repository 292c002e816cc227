import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jdt.core.ToolFactory;
import org.eclipse.jdt.core.formatter.CodeFormatter;
import org.eclipse.jdt.core.formatter.DefaultCodeFormatterConstants;
import org.eclipse.jface.text.BadLocationException;
import org.eclipse.jface.text.Document;
import org.eclipse.text.edits.TextEdit;

/// Formats every Java file of the repository, or checks that each is formatted, with Eclipse's formatter and the options of
/// `format.properties`. The build runs it with the JDK that compiles: Maven's own may be older. Files that are older than the last good
/// check are not looked at again.
final class Format {

    private static final String PREFIX = "org.eclipse.jdt.core.", WIDTH = PREFIX + "formatter.lineSplit";

    /// A comma between patterns with an unnamed variable, after which the formatter neither puts a space nor wraps.
    private static final Pattern PATTERNS = Pattern.compile("(?m)^( *)case .* _,\\S.*$");

    private final CodeFormatter formatter;
    private final int width;

    private Format(Path options) throws IOException {
        Map<String, String> all = new HashMap<>(DefaultCodeFormatterConstants.getEclipseDefaultSettings());
        var own = new Properties();
        try (Reader reader = Files.newBufferedReader(options)) {
            own.load(reader);
        }
        own.forEach((key, value) -> all.put(PREFIX + key, value.toString()));
        formatter = ToolFactory.createCodeFormatter(all, ToolFactory.M_FORMAT_EXISTING);
        width = Integer.parseInt(all.get(WIDTH));
    }

    /// @param args `check` or `apply`; the root; the file that notes the last good check
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]), checked = Path.of(args[2]);
        FileTime start = FileTime.fromMillis(System.currentTimeMillis());
        var format = new Format(root.resolve(".mvn/format.properties"));
        List<Path> files = sources(root, apply || !Files.exists(checked) ? FileTime.fromMillis(0) : Files.getLastModifiedTime(checked));
        var wrong = new ArrayList<Path>();
        for (Path file : files) {
            String text = Files.readString(file), formatted = format.of(file, text);
            if (formatted.equals(text)) continue;
            wrong.add(root.relativize(file));
            if (apply) Files.writeString(file, formatted);
        }
        if (apply) System.out.printf("%d of %d files were formatted anew%n", wrong.size(), files.size());
        else if (!wrong.isEmpty()) {
            wrong.forEach(System.err::println);
            System.err.println(wrong.size() + " files are not formatted; ./mvnw -N -Pformat validate mends it");
            System.exit(1);
        }
        Files.writeString(checked, "");
        Files.setLastModifiedTime(checked, start);
    }

    private static List<Path> sources(Path root, FileTime after) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = String.valueOf(folder.getFileName());
                // Resources are parts of programs, and goldens are as a program wrote them.
                boolean ours = folder.equals(root) || !name.startsWith(".") && !name.equals("target") && !name.equals("resources");
                return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                // The formatter has no option for the line of a module's annotation.
                if (name.endsWith(".java") && !name.equals("module-info.java") && attributes.lastModifiedTime().compareTo(after) >= 0) files.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
        return files.stream().sorted().toList();
    }

    private String of(Path file, String text) throws BadLocationException {
        TextEdit edit = formatter.format(CodeFormatter.K_COMPILATION_UNIT | CodeFormatter.F_INCLUDE_COMMENTS, text, 0, text.length(), 0, "\n");
        if (edit == null) throw new IllegalArgumentException(file + ": the formatter cannot read it");
        var document = new Document(text);
        edit.apply(document);
        return PATTERNS.matcher(document.get()).replaceAll(line -> Matcher.quoteReplacement(wrapped(line.group().replaceAll(" _,(?! )", " _, "), line.group(1).length())));
    }

    /// A label in lines that are not too long.
    private String wrapped(String label, int indent) {
        int comma = label.length() <= width ? -1 : label.lastIndexOf(" _, ", width - 3);
        return comma < 0 ? label : label.substring(0, comma + 3) + "\n" + wrapped(" ".repeat(indent + 8) + label.substring(comma + 4), indent);
    }
}
