package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.WebDriverWait;
import tern.runtime.cli.Main;
import tern.runtime.cli.serve.ChildLaboratory;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;

/// The page in a browser, where there is one. With `-Dtern.screenshots=FOLDER` it leaves pictures there.
class PageTest {

    private static final List<Path> BROWSERS = List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));
    private static final List<Path> DRIVERS = List.of(Path.of("/usr/bin/chromedriver"), Path.of("/usr/lib/chromium-browser/chromedriver"));

    private static final String ANSWER = """
            ## Two ways

            Five trits fit into a byte, since 3^5 = 243. **Tern** takes [packings](https://example.org/packings) as *text*:

            1. a codec says how digits become a code,
            2. a layout says where its bits lie:
               - along `k`, or
               - along the rows.

            ```
            packing rows32 = tri5, tile rows 32 x k 9, word i16
                             layout (k%3: digit, k/3: 5 bits, row: 16 bits), tiles k within rows, a line that is longer than any window is wide
            ```

            | packing | bits a weight | of the entropy | speed on one core of the machine | kind |
            |---|---:|---:|---:|---|
            | i2_s | 2.000 | 79 % | 18.4 tokens/s | decode |
            | tl2 | 1.667 | 95 % | 17.1 tokens/s | tabulate |

            > What is measured is said with its machine.
            """;

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server;
    private static ChromeDriver browser;

    @BeforeAll
    static void open() throws IOException {
        Optional<Path> program = BROWSERS.stream().filter(Files::isExecutable).findFirst();
        Optional<Path> driver = DRIVERS.stream().filter(Files::isExecutable).findFirst();
        Assumptions.assumeTrue(program.isPresent() && driver.isPresent(), "there is no Chromium with its driver among " + BROWSERS + " and " + DRIVERS);
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 4, 8, 16));
        server = tiny.listen(Optional.empty(), Optional.empty(), Limits.USUAL, Optional.of(new ChildLaboratory(Main.class, 20)));
        var options = new ChromeOptions();
        options.setBinary(program.get().toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + folder.resolve("profile"));
        browser = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(driver.get().toFile()).build(), options);
    }

    @AfterAll
    static void close() {
        if (browser != null) browser.quit();
        if (server != null) server.close();
        if (tiny != null) tiny.close();
    }

    private static WebElement find(String css) {
        return browser.findElement(By.cssSelector(css));
    }

    private static void await(BooleanSupplier so) {
        // The page draws a message anew while its answer comes: an element found a moment ago may be gone.
        new WebDriverWait(browser, Duration.ofMinutes(10)).ignoring(StaleElementReferenceException.class).until(_ -> so.getAsBoolean());
    }

    private static void picture(String name) throws IOException {
        String to = System.getProperty("tern.screenshots");
        if (to != null) Files.write(Files.createDirectories(Path.of(to)).resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    }

    /// Of all that there is to scroll.
    private static void whole(String name) throws IOException {
        Long height = (Long) browser.executeScript("return document.documentElement.scrollHeight");
        browser.executeCdpCommand("Emulation.setDeviceMetricsOverride", Map.of("width", 360, "height", height, "deviceScaleFactor", 2, "mobile", true));
        picture(name);
    }

    private static void begin(int tokens) {
        browser.get(server.address("localhost"));
        browser.executeScript("localStorage.clear()");
        browser.get(server.address("localhost"));
        find("#settings summary").click();
        set("max_tokens", Integer.toString(tokens));
        set("temperature", "0"); // so that no answer ends by chance
        find("#settings summary").click();
    }

    private static void set(String field, String value) {
        find("#" + field).clear();
        find("#" + field).sendKeys(value);
    }

    private static void say(String text) {
        find("#prompt").sendKeys(text, Keys.ENTER);
        await(() -> find("#stop").isDisplayed() || !browser.findElements(By.cssSelector("#messages .assistant .tools")).isEmpty());
        await(() -> find("#send").isDisplayed());
    }

    private static List<String> texts() {
        return browser.findElements(By.cssSelector("#messages .text")).stream().map(WebElement::getText).toList();
    }

    @Test
    void aConversationHasBranchesThatStay() throws IOException {
        browser.manage().window().setSize(new Dimension(1000, 800));
        begin(24);
        say("hello");
        assertThat(texts()).hasSize(2).first().isEqualTo("hello");
        assertThat(find("#messages .assistant .tools").getText()).contains("24 tokens");
        assertThat(find("#told[aria-live]").getDomProperty("textContent")).as("what a screen reader says at the end, once").contains("24 tokens");
        find("#messages .user button[aria-label='edit this message']").click();
        find("#messages textarea.edit").clear();
        find("#messages textarea.edit").sendKeys("good day");
        browser.findElement(By.cssSelector("button[aria-label='send the changed message']")).click();
        await(() -> find("#send").isDisplayed() && find("#messages .user .tools").getText().contains("2 of 2"));
        find("#messages .assistant button[aria-label='another answer']").click();
        await(() -> find("#send").isDisplayed() && find("#messages .assistant .tools").getText().contains("2 of 2"));
        picture("chat");
        find("#tab-engine").click();
        await(() -> find("#parts").getText().contains("ffn_down"));
        picture("engine");
        find("#tab-chat").click();
        browser.navigate().refresh();
        assertThat(texts()).hasSize(2).first().isEqualTo("good day");
        find("#messages .user button[aria-label='previous branch']").click();
        assertThat(texts()).first().isEqualTo("hello");
    }

    /// As a model writes that is asked for all of it: headings, a list, code, a table wider than a phone.
    @Test
    void aLongAnswerIsDrawn() throws IOException {
        begin(8);
        browser.executeScript("localStorage.setItem('tern.conversations', JSON.stringify({ at: 0, list: [{ last: 'b', settings: {}, nodes: ["
                + "{ id: 'a', parent: null, role: 'user', text: 'How are ternary weights packed?' }, { id: 'b', parent: 'a', role: 'assistant', text: arguments[0],"
                + " note: '312 tokens, 18.4/s' }] }] }))", ANSWER);
        browser.navigate().refresh();
        WebElement answer = find("#messages .assistant .text");
        assertThat(answer.findElements(By.cssSelector("h2, ol > li, ul > li, pre > code, table tr, blockquote, a[rel~=noopener]"))).hasSize(11);
        try {
            for (String scheme : List.of("light", "dark")) {
                browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
                metrics(1000, 1000, 1);
                picture("answer-" + scheme);
                metrics(360, 740, 2);
                assertThat((Long) browser.executeScript("return document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
                whole("answer-phone-" + scheme);
            }
        } finally {
            browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
            browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        }
    }

    private static void metrics(int width, int height, int scale) {
        browser.executeCdpCommand("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", scale, "mobile", scale > 1));
    }

    @Test
    void anAnswerStopsWhenItIsTold() {
        begin(400);
        find("#prompt").sendKeys("go on", Keys.ENTER);
        await(() -> !find("#messages .assistant .text").getText().isEmpty());
        find("#prompt").sendKeys(Keys.ESCAPE);
        await(() -> find("#send").isDisplayed());
        await(() -> tiny.batcher().counts().running() == 0);
        assertThat(find("#messages .assistant .tools").getText()).containsAnyOf("stopped", "400 tokens");
    }

    @Test
    void whatAModelWritesIsNoProgram() {
        begin(8);
        String drawn = (String) browser.executeScript("""
                const at = document.createElement('div');
                at.innerHTML = DOMPurify.sanitize(marked.parse('**b** <img src=x onerror="document.title=1"> <script>document.title=2</script> [l](javascript:alert(1))'),
                  { FORBID_TAGS: ['img'] });
                return at.innerHTML;""");
        assertThat(drawn).contains("<strong>b</strong>").doesNotContain("script").doesNotContain("onerror").doesNotContain("img");
        assertThatCode(() -> browser.executeScript("return fetch('https://example.org').then(() => { throw 1 }, () => 0)")).doesNotThrowAnyException();
    }

    @Test
    void aPhoneShowsAllOfIt() throws IOException {
        browser.manage().window().setSize(new Dimension(500, 800)); // as narrow as a window without a head becomes
        browser.executeCdpCommand("Emulation.setDeviceMetricsOverride", Map.of("width", 360, "height", 740, "deviceScaleFactor", 2, "mobile", true));
        try {
            begin(40);
            say("hello");
            assertThat((Long) browser.executeScript("return document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
            picture("phone");
            browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features",
                    List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
            find("#tab-engine").click();
            await(() -> find("#gauges").getText().contains("Mean batch"));
            assertThat(find("#facts").getText()).contains("tiny");
            await(() -> find("#parts").getText().contains("ffn_down"));
            assertThat(find("#parts").getText()).contains("attention", "head", "all ");
            assertThat(find("#products").getText()).containsPattern("ffn_down \\S+ .*(machine code|bytecode)");
            assertThat((Long) browser.executeScript("return document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
            whole("engine-dark");
            find("#tab-lab").click();
            assertThat((Long) browser.executeScript("return document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
            picture("laboratory-dark");
        } finally {
            browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        }
    }

    @Test
    void theLaboratoryDrawsAndTimesAPacking() throws IOException {
        browser.manage().window().setSize(new Dimension(1000, 1400));
        begin(8);
        await(() -> find("#tab-lab").isDisplayed());
        find("#tab-lab").click();
        find("#lab-run").click();
        await(() -> find("#lab-result").isDisplayed());
        assertThat(find("#lab-report").getText()).contains("packing mine: 1.7778 bits a weight", "1 packing");
        assertThat((Long) browser.executeScript("return document.getElementById('lab-picture').naturalWidth")).as("the picture is drawn").isPositive();
        await(() -> find("#lab-run").isEnabled());
        picture("laboratory");
        assertThat(find("#lab-rows").getText()).contains("mine 1.778 89 %");
        browser.executeScript("document.getElementById('lab-text').value = 'codec c = base3(3) in 4 bits'");
        find("#lab-run").click();
        await(() -> find("#lab-status").getText().equals("not sound"));
        assertThat(find("#lab-report").getText()).startsWith("text:1:");
    }

    @Test
    void theKeyboardSuffices() {
        begin(8);
        browser.executeScript("document.querySelector('.skip').focus()");
        browser.switchTo().activeElement().sendKeys(Keys.ENTER);
        assertThat(browser.switchTo().activeElement().getDomAttribute("id")).isEqualTo("prompt");
        browser.executeScript("document.querySelector('.skip').focus()");
        new Actions(browser).sendKeys(Keys.TAB).perform();
        assertThat(browser.switchTo().activeElement().getDomAttribute("id")).isEqualTo("tab-chat");
        new Actions(browser).sendKeys(Keys.ARROW_RIGHT).perform();
        assertThat(browser.switchTo().activeElement().getDomAttribute("aria-selected")).isEqualTo("true");
        assertThat(find("#engine").isDisplayed()).isTrue();
    }
}
