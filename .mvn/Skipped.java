import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/// The last words of a build: which tests were skipped, and why, from surefire's reports of all modules.
final class Skipped {

    private static final String NOISE = "^(?:.* ==> |(?:org\\.opentest4j\\.TestAbortedException: )?(?:Assumption failed: )?)";

    private Skipped() {}

    /// @param args the root; when the build began: what is older is of another one
    public static void main(String[] args) throws Exception {
        Map<String, Map<String, Integer>> byReason = new TreeMap<>();
        int tests = 0, skipped = 0;
        for (Path report : reports(Path.of(args[0]), Instant.parse(args[1]))) {
            NodeList cases = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile()).getElementsByTagName("testcase");
            tests += cases.getLength();
            for (Element test : elements(cases))
                for (Element why : elements(test.getElementsByTagName("skipped"))) {
                    skipped++;
                    String name = test.getAttribute("classname");
                    byReason.computeIfAbsent(reason(why), _ -> new TreeMap<>()).merge(name.substring(name.lastIndexOf('.') + 1), 1, Integer::sum);
                }
        }
        System.out.printf("%d tests, %d of them skipped%s%n", tests, skipped, skipped == 0 ? "" : ":");
        byReason.forEach((reason, classes) -> {
            var names = new TreeSet<String>();
            classes.forEach((name, count) -> names.add(name + " (" + count + ")"));
            System.out.println("  " + reason + ": " + String.join(", ", names));
        });
    }

    private static List<Path> reports(Path root, Instant since) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getParent().endsWith("target/surefire-reports")
                            && file.getFileName().toString().matches("TEST-.*\\.xml")
                            && !file.toFile().isDirectory()
                            && file.toFile().lastModified() >= since.toEpochMilli())
                    .toList();
        }
    }

    private static List<Element> elements(NodeList nodes) {
        return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).map(Element.class::cast).toList();
    }

    private static String reason(Element why) {
        String said = why.hasAttribute("message") ? why.getAttribute("message") : why.getTextContent().lines().findFirst().orElse("");
        return said.replaceFirst(NOISE, "");
    }
}
