package tern.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever stands in a file, its reader reads it or says in a clear error what is wrong, with bounded time and memory.
///
/// `-Dtern.fuzz=100000`, or the Maven profile `campaign`, tries so many inputs for each reader; `-Dtern.fuzz.findings=FOLDER` keeps those that fail.
class ReaderFuzzTest {

    private static final int INPUTS = Integer.getInteger("tern.fuzz", 400);

    static Stream<String> readers() {
        return Readers.NAMES.stream();
    }

    @ParameterizedTest
    @MethodSource("readers")
    void everyInputIsReadOrRefused(String name) throws Exception {
        var loader = new CoverageLoader(ReaderFuzzTest.class.getClassLoader());
        @SuppressWarnings("unchecked") var found =
                (Map.Entry<List<byte[]>, Consumer<byte[]>>) loader.loadClass(Readers.class.getName()).getMethod("of", String.class).invoke(null, name);
        int inputs = Math.max(100, INPUTS / Readers.share(name));
        var fuzzer = new Fuzzer(loader, found.getValue(), found.getKey(), inputs, Long.getLong("tern.fuzz.seed", 1));
        Optional<Fuzzer.Finding> finding = fuzzer.find();
        System.out.printf("%s: %d inputs, %d of them reached new code, %d branches reached%n", name, fuzzer.done(),
                fuzzer.corpus().size() - found.getKey().size(), loader.reached());
        if (finding.isPresent() && System.getProperty("tern.fuzz.findings") != null)
            Files.write(Files.createDirectories(Path.of(System.getProperty("tern.fuzz.findings"))).resolve(name), finding.get().input());
        assertThat(finding.map(one -> "%s%n%s%n%s".formatted(one.problem(), HexFormat.of().formatHex(one.input()),
                new String(one.input(), StandardCharsets.ISO_8859_1)))).isEmpty();
        assertThat(fuzzer.corpus()).as("inputs that reached new code").hasSizeGreaterThan(found.getKey().size());
    }
}
