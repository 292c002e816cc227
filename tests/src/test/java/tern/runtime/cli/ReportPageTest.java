package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import tern.autotune.record.Outcome;
import tern.autotune.search.Preference;
import tern.autotune.search.Tuning;
import tern.ir.text.Tir;
import tern.runtime.cli.bench.BenchReport;
import tern.runtime.cli.report.Page;
import tern.runtime.cli.report.Report;
import tern.runtime.cli.tune.ExploreReport;
import tern.runtime.cli.tune.LayerWeights;
import tern.runtime.cli.tune.TuneReport;
import tern.runtime.model.KernelTimes;

/// Pages of made-up results: what is in them, and whether a browser shows it.
class ReportPageTest {

    @TempDir
    Path folder;

    private static final Tuning TUNING = MadeUp.tuning();
    private static final List<KernelTimes.Time> KERNELS = MadeUp.kernels();

    private static Report tunePage() {
        return TuneReport.of(TUNING, Preference.BALANCED, null, true, TUNING.results().size(), "2026-11-22 04:00 UTC");
    }

    private static Report benchPage() {
        var subject = new BenchReport.Subject("made-up.gguf", Optional.empty(), "2026-11-22 04:00 UTC", 32, 32);
        return BenchReport.of(MadeUp.bench(), List.of(), KERNELS, List.of(), subject);
    }

    private static Report explorePage() {
        return ExploreReport.of(MadeUp.USE, "model Abacus <7>", MadeUp.explored(), LayerWeights.NONE, true, "2026-11-22 04:00 UTC");
    }

    /// What lies between the tags `body` is XML as well.
    private static Element body(Report page) {
        String html = page.html();
        String body = html.substring(html.indexOf("<body>"), html.indexOf("</body>") + "</body>".length());
        try {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(body))).getDocumentElement();
        } catch (Exception e) {
            throw new AssertionError("the page is not well formed", e);
        }
    }

    private static List<Element> all(Element in, String name) {
        NodeList nodes = in.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
    }

    private static List<String> texts(Element in, String name) {
        return all(in, name).stream().map(Element::getTextContent).toList();
    }

    @Test
    void everyCandidateThatWasTimedIsAPointUnderTheRoofAndTheChosenAreNamed() {
        Element body = body(tunePage());
        long timed = TUNING.results().stream()
                .flatMap(r -> Stream.of(r.step(), r.batch()))
                .flatMap(t -> t.outcomes().values().stream())
                .filter(o -> o instanceof Outcome.Measured)
                .count();
        assertThat(timed).isGreaterThan(40);
        assertThat(all(body, "title")).as("names of points").hasSize((int) timed);
        List<Element> pictures = all(body, "figure");
        assertThat(pictures).hasSize(2);
        for (Element picture : pictures) {
            assertThat(texts(picture, "text"))
                    .contains("multiply-adds for each byte of weights", "billion multiply-adds a second")
                    .anyMatch(text -> text.startsWith("attn_qkv: "));
            assertThat(texts(picture, "li")).contains("read bandwidth, 24.0 GB/s", "chosen").hasSize(TUNING.results().size() + 2);
            assertThat(all(picture, "circle")).as("rings, and the one of the key").hasSize(TUNING.results().size() + 1);
        }
    }

    @Test
    void whatFailedOrWasLeftOutIsListedWithItsReason() {
        Report page = tunePage();
        Element body = body(page);
        assertThat(page.html()).doesNotContain("<b>").contains("status 134: &lt;b&gt;SIGSEGV&lt;/b&gt; &amp; more");
        assertThat(texts(body, "td")).contains("status 134: <b>SIGSEGV</b> & more", "crashed", "more promising ones have taken all trials");
        int pruned = TUNING.results().stream().flatMap(r -> Stream.of(r.step(), r.batch())).mapToInt(t -> t.pruned().size()).sum();
        int folded = all(body, "details").stream().mapToInt(d -> all(d, "tr").size() - 1).sum();
        assertThat(folded).isEqualTo(pruned).isPositive();
    }

    @Test
    void whatTheUsualSearchWouldHaveChosenStandsBesideTheBest() {
        assertThat(texts(body(tunePage()), "h2")).contains("The usual search compared with the exhaustive one");
        assertThat(texts(body(tunePage()), "td").stream().filter(t -> t.equals("98.0 %"))).hasSize(2 * TUNING.results().size());
        assertThat(tunePage().text())
                .contains("all products of a token: the usual search's choice has 98.0 % of the best speed generating, 98.0 % reading a prompt\n")
                .containsPattern("\\nthreads +a generated token, ms +a token of a prompt, ms\\n +2 +60.0 +20.0\\n +1 +100 ");
        assertThat(tunePage().json()).contains("\"usual\":{\"step\":{\"packing\":");
    }

    @Test
    void aBenchPageShowsSpeedKernelsPartsAndEnergy() {
        Element body = body(benchPage());
        assertThat(texts(body, "dd")).contains("13.0 tokens/s", "48.0 tokens/s", "1128 MB", "468 MB");
        assertThat(texts(body, "td")).contains("gate_up", "bytes 32x2x1 k16", "attention", "blocks", "attn_qkv", "0.028").anyMatch(t -> t.endsWith(" %"));
        assertThat(texts(body, "p")).anyMatch(p -> p.contains("1.25 J for each generated token"));
        assertThat(all(body, "title")).hasSize(KERNELS.size());
    }

    @Test
    void anExplorePageHasALineForEachPackingAndARoof() {
        Element body = body(explorePage());
        List<Element> pictures = all(body, "figure");
        int packings = Tir.library().allPackings().size();
        assertThat(texts(pictures.getFirst(), "li")).hasSize(packings).contains("tri5r32");
        assertThat(texts(pictures.getLast(), "li")).hasSize(packings + 1).contains("read bandwidth, 24.0 GB/s");
        assertThat(texts(pictures.getFirst(), "text")).contains("1", "4", "threads", "billion weights times tokens a second");
    }

    @Test
    void aPageNeedsNothingFromOutsideAndRunsNothing() {
        for (Report page : List.of(tunePage(), benchPage(), explorePage()))
            assertThat(page.html()).startsWith("<!DOCTYPE html>")
                    .doesNotContainPattern("(?i)<(script|link|img|iframe|object|embed)|https?://|url\\(|@import|\\son[a-z]+=");
    }

    @Test
    void anOlderPageIsReplacedAndNothingElseIsLeft() throws IOException {
        Path file = Files.writeString(folder.resolve("r.html"), "old");
        Page.write(tunePage(), file);
        assertThat(file).content().isEqualTo(tunePage().html());
        assertThat(folder).isDirectoryContaining(f -> f.equals(file)).isDirectoryNotContaining(f -> !f.equals(file));
        assertThatIllegalArgumentException().isThrownBy(() -> Page.write(tunePage(), folder.resolve("no/r.html"))).withMessageContaining("no such folder");
        assertThatIllegalArgumentException().isThrownBy(() -> Page.write(tunePage(), folder)).withMessageContaining("is a folder");
    }

    // ---- in a browser ----

    /// Looks for text that leaves its picture or meets other text, and for a page wider than its window; says so in an attribute.
    private static final String INSPECTION = """
            <script>
            addEventListener('load', () => {
              const wrong = [];
              if (document.documentElement.scrollWidth > innerWidth) wrong.push('too wide: ' + document.documentElement.scrollWidth);
              let points = 0;
              for (const svg of document.querySelectorAll('figure > svg')) {
                const frame = svg.getBoundingClientRect();
                if (frame.width < 300 || frame.height < 100) wrong.push('small picture');
                const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
                for (const [name, b] of boxes)
                  if (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1 || b.bottom > frame.bottom + 1) wrong.push('outside: ' + name);
                for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
                  const a = boxes[i][1], b = boxes[j][1];
                  if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
                    wrong.push(boxes[i][0] + ' meets ' + boxes[j][0]);
                }
                for (const point of svg.querySelectorAll('.points path')) {
                  const p = point.getBoundingClientRect();
                  if (p.width > 0 && p.left >= frame.left && p.right <= frame.right && p.top >= frame.top && p.bottom <= frame.bottom) points++;
                }
              }
              document.body.setAttribute('data-seen', points + ' points; ' + wrong.join(' | '));
            });
            </script></body>""";

    private static Optional<String> browser() {
        List<String> folders = List.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator));
        return Stream.of("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
                .flatMap(name -> folders.stream().map(f -> Path.of(f, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    @Test
    void aBrowserShowsEveryPointAndNoTextMeetsAnother() throws Exception {
        Optional<String> browser = browser();
        assumeTrue(browser.isPresent(), "no Chromium or Chrome is on the path");
        long timed = all(body(tunePage()), "title").size();
        assertThat(seen(browser.get(), tunePage(), 1100)).isEqualTo(timed + " points; ");
        assertThat(seen(browser.get(), tunePage(), 600)).isEqualTo(timed + " points; ");
        long explored = all(body(explorePage()), "title").size();
        assertThat(seen(browser.get(), explorePage(), 1100)).isEqualTo(explored + " points; ");
        assertThat(seen(browser.get(), benchPage(), 1100)).isEqualTo(KERNELS.size() + " points; ");
    }

    private String seen(String browser, Report page, int width) throws Exception {
        Path file = Files.writeString(folder.resolve("page.html"), page.html().replace("</body>", INSPECTION));
        Path dom = folder.resolve("dom.html");
        Process process = new ProcessBuilder(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--user-data-dir=" + folder.resolve("profile"), "--window-size=" + width + ",900", "--dump-dom", file.toUri().toString())
                .redirectOutput(dom.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(15, TimeUnit.MINUTES)).as("the browser ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        var attribute = Pattern.compile("data-seen=\"([^\"]*)\"").matcher(Files.readString(dom));
        assertThat(attribute.find()).as("the page was loaded").isTrue();
        return attribute.group(1);
    }
}
