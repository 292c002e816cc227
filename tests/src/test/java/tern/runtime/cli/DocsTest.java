package tern.runtime.cli;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What README and `docs/` say of files, names, commands and flags is so.
class DocsTest {

    private static final Path ROOT = root();

    private static Path root() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) root = root.getParent();
        return root;
    }

    private static List<Path> pages() throws IOException {
        var pages = new ArrayList<Path>();
        for (Path folder : List.of(ROOT, ROOT.resolve("docs")))
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
            }
        assertThat(pages).hasSizeGreaterThan(12);
        return pages;
    }

    private static String page(String name) throws IOException {
        return Files.readString(ROOT.resolve(name));
    }

    private static List<String> found(String regex, String text) {
        return Pattern.compile(regex, Pattern.MULTILINE).matcher(text).results().map((MatchResult m) -> m.group(1)).toList();
    }

    @Test
    void readmeIsShort() throws IOException {
        assertThat(page("README.md").lines().count()).isLessThanOrEqualTo(150);
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        var broken = new TreeSet<String>();
        for (Path page : pages())
            for (String link : found("\\]\\(([^)\\s]+)\\)", Files.readString(page))) {
                if (link.startsWith("https://")) continue;
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
                boolean there = Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
                if (!there) broken.add(ROOT.relativize(page) + ": " + link);
            }
        assertThat(broken).isEmpty();
    }

    /// As GitHub makes them of headings.
    private static Set<String> anchors(Path page) throws IOException {
        return found("^#+ (.*)$", Files.readString(page)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
                .collect(toCollection(TreeSet::new));
    }

    @Test
    void classesThatAreNamedExist() throws IOException {
        var classes = new TreeSet<>(Set.of("ServiceLoader"));
        try (Stream<Path> files = Files.walk(ROOT)) {
            files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".java"))
                    .forEach(name -> classes.add(name.substring(0, name.length() - 5)));
        }
        var unknown = new TreeSet<String>();
        for (Path page : pages())
            for (String name : found("`([A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*)`", Files.readString(page)))
                if (!classes.contains(name)) unknown.add(ROOT.relativize(page) + ": " + name);
        assertThat(unknown).isEmpty();
    }

    @Test
    void textsThatAreShownAreThoseOfTheExamples() throws IOException {
        String examples = "examples/src/main/resources/tern/examples/";
        assertThat(words(page("README.md"))).contains(words(page(examples + "01-packing.tir")));
        assertThat(words(page("docs/architecture.md"))).contains(words(page(examples + "02-kernel.tir").replaceAll("(?m)^ *//.*\n", "")));
    }

    /// Pages may break lines elsewhere.
    private static String words(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    @Test
    void everyCommandIsDescribedWithFlagsThatItHas() throws IOException {
        var rows = new TreeMap<String, String>();
        for (String row : found("^\\| (`tern .*)$", page("docs/commands.md"))) rows.put(found("^`tern ([a-z-]+)", row).getFirst(), row);
        var names = new TreeSet<String>();
        var unknown = new TreeSet<String>();
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            String name = command.getCommandName();
            names.add(name);
            Set<String> flags = command.getCommandSpec().optionsMap().keySet();
            String row = name.equals("records") ? "" : rows.getOrDefault(name, ""); // its flags are those of its own commands
            for (String flag : found("(?<![a-z'=])(--[a-z][a-z0-9-]*)", row.replaceAll("'[^']*'", "")))
                if (!flags.contains(flag)) unknown.add(name + " " + flag);
        }
        assertThat(rows.keySet()).isEqualTo(names);
        assertThat(unknown).as("flags that no command has").isEmpty();
    }

    @Test
    void everyFlagOfTheJvmIsExplained() throws IOException {
        String explained = page("docs/embedding.md");
        List<String> flags = found("^(-.*)$", page("runtime/cli/src/main/launch/jvm.options"));
        assertThat(flags).hasSizeGreaterThan(10)
                .allSatisfy(flag -> assertThat(explained).contains("`" + (flag.startsWith("--") ? flag.replaceAll("=.*", "") : flag) + "`"));
    }

    @Test
    void everyArtefactThatIsPublishedIsInTheBom() throws IOException {
        String bom = page("runtime/bom/pom.xml");
        String version = found("^  <version>(.*)</version>", page("pom.xml")).getFirst();
        assertThat(found("^  <version>(.*)</version>", bom)).containsExactly(version);
        var artefacts = new TreeSet<String>();
        for (String module : found("<module>(.*)</module>", page("pom.xml"))) {
            String pom = page(module + "/pom.xml");
            if (!module.equals("runtime/bom") && !pom.contains("<maven.deploy.skip>true")) artefacts.addAll(found("^  <artifactId>(.*)</artifactId>", pom));
        }
        assertThat(new TreeSet<>(found("^        <artifactId>(.*)</artifactId>", bom))).isEqualTo(artefacts);
        assertThat(page("pom.xml")).as("the root holds the same list")
                .contains(bom.substring(bom.indexOf("      <dependency>"), bom.indexOf("    </dependencies>")));
        assertThat(found("`(tern-[a-z0-9-]+)`", page("docs/embedding.md"))).containsAll(artefacts);
    }
}
