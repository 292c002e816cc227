package tern.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Texts that nobody wrote give declarations or diagnostics, soon, and nothing else.
class ParserFuzzTest {

    private static final List<String> WORDS = List.of(
            "codec", "packing", "kernel", "schedule", "tile", "rows", "k", "row", "at", "digit", "section", "tail", "scale", "f32",
            "(", ")", "{", "}", "[", "]", ";", ",", ":", "=", "+", "-", "*", "/", "%", "..", "->", "_", "0", "1", "65536", "16777216",
            "99999999999", "base3", "base99999", "sum", "map", "table", "\"", "\u00e9", "\ud83d\ude00", "\n", "//");

    static LongStream seeds() {
        return Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, 400);
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void mutatedLibrary(long seed) {
        var random = new SplittableRandom(seed);
        var text = new StringBuilder(library(Library.TEXTS.get(random.nextInt(Library.TEXTS.size()))));
        for (int i = random.nextInt(6); i >= 0; i--) mutate(text, random);
        parse(text.toString());
    }

    static Stream<String> hostile() {
        return Stream.of(
                "kernel q(x: i8[n, k], w: weight[m, k]) -> y: f32[n, m] { y[i, j] = " + "(".repeat(100_000),
                "kernel q(x: i8[n, k], w: weight[m, k]) -> y: f32[n, m] { y[i, j] = " + "relu(".repeat(40_000),
                "kernel q(x: i8[n, k], w: weight[m, k]) -> y: f32[n, m] { y[i, j] = 1" + " + 1".repeat(50_000) + " }",
                "kernel q(" + "x: i8[n, k], ".repeat(15_000) + "w: weight[m, k]) -> y: f32[n, m] { y[i, j] = 1 }",
                "packing p { tile rows 1, k 65536; codec two; code at " + "k%2 + ".repeat(40_000) + "k }",
                "packing p { tile rows 16777216, k 16777216; codec two; code at k }",
                "packing p { tile rows 256, k 256; codec two; code at k*16777216 + row*16777216 }",
                "packing p { tile rows 1, k 8, 16777216 bytes; codec two; code at k*2 }",
                "packing p { tile rows 1, k 8; codec two; code at k*2; tail 16777216 bytes {} }",
                Stream.iterate(0, i -> i + 1).limit(250).map(i -> "codec c" + i + " = base2(16) in 16 bits ").reduce("", String::concat),
                Stream.iterate(0, i -> i + 1).limit(250)
                        .map(i -> "packing p" + i + " { tile rows 256, k 256; word i64; codec two; code at row*512 + k*2 } ")
                        .reduce("", String::concat),
                "codec c = base2(16) in 16 bits " + Stream.iterate(0, i -> i + 1).limit(250)
                        .map(i -> "packing p" + i + " { tile rows 1, k 16; word i16; codec c; digit k; code at 0; } ")
                        .reduce("", String::concat),
                "codec c = table(16) in 16 bits { " + "65535: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1; ".repeat(5_000) + "}",
                "codec c = map(" + "1, ".repeat(80_000) + "1) in 16 bits",
                "codec c = base999999(1) in 16 bits",
                "codec c = base99999999999999(1) in 16 bits",
                "}".repeat(200_000),
                "codec ".repeat(40_000),
                "\u0000".repeat(200_000),
                "packing p { section rows 9..3 { } }",
                "a".repeat(1 << 20));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileTextsEndSoon(String text) {
        assertTimeoutPreemptively(Duration.ofMinutes(5), () -> parse(text));
    }

    private static void parse(String text) {
        try {
            Tir tir = Tir.parse(new Source("fuzz", text));
            String printed = tir.print();
            assertEquals(printed, Tir.parse(new Source("printed", printed)).print());
        } catch (IrException e) {
            if (e.diagnostics().isEmpty() || e.diagnostics().size() > 20) fail("no readable diagnostics", e);
        }
    }

    private static void mutate(StringBuilder text, RandomGenerator random) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(5)) {
            case 0 -> text.deleteCharAt(at);
            case 1 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())));
            case 2 -> text.insert(at, " " + WORDS.get(random.nextInt(WORDS.size())) + " ");
            case 3 -> text.setCharAt(at, (char) random.nextInt(32, 127));
            default -> replaceNumber(text, at, random);
        }
    }

    private static void replaceNumber(StringBuilder text, int from, RandomGenerator random) {
        int at = from;
        while (at < text.length() && !Character.isDigit(text.charAt(at))) at++;
        int end = at;
        while (end < text.length() && Character.isDigit(text.charAt(end))) end++;
        if (at < end) text.replace(at, end, "" + random.nextInt(1 << random.nextInt(1, 26)));
    }

    private static String library(String name) {
        try (var in = Objects.requireNonNull(ParserFuzzTest.class.getResourceAsStream("/tern/ir/library/" + name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
