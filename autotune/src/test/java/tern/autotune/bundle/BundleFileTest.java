package tern.autotune.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.text.Tir;

class BundleFileTest {

    private static final Instant THEN = Instant.parse("2024-02-29T01:02:03.456789123Z");

    private static final Environment HERE = new Environment("cpu Some \"Processor\"; cores 2", "25.0.3+9", "abc-def", 2),
            THERE = new Environment("cpu Övrig; cores 4", "26", "abc-def", 4);

    @TempDir
    Path folder;

    private SigningKey key;

    @BeforeEach
    void makeKey() throws IOException {
        key = SigningKey.in(folder.resolve("keys"));
    }

    private static Candidate candidate(int lanes) {
        return Candidate.of(
                Tir.library().packing("tri5r8"), "avx2", new Schedule.Vector("bitlinear", "tri5r8", Strategy.DECODE, lanes, 1, 1, 8, 1, false));
    }

    private static ProblemKey problem(int tokens) {
        return ProblemKey.of(Tir.library().kernel("bitlinear"), 2560, 6912, tokens);
    }

    private static Bundle bundle() {
        Candidate step = candidate(8), batch = candidate(16);
        var winner = new Tuned(
                problem(1), problem(512), HERE, step.packing(), step.schedule(), batch.schedule(), 1.234e-5, 0.1 + 0.2, THEN);
        return new Bundle(THEN.plusSeconds(60), List.of(winner), List.of(
                new Trial(problem(1), step, HERE, new Measured(1.234e-5, 1e-5, 2e-5, 9), THEN),
                new Trial(problem(1), batch, THERE, new Failed(Reason.CRASHED, "line\nline \"\\\u0001"), THEN)));
    }

    private byte[] bytes() {
        return BundleFile.seal(BundleJson.bytes(bundle()), key);
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        Path file = folder.resolve("some.bundle");
        BundleFile.write(file, bundle(), key);
        assertThat(BundleFile.read(file)).isEqualTo(new BundleFile(key.key(), bundle()));
        assertThat(bundle().environments()).containsExactly(HERE, THERE);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("keys", "some.bundle");
    }

    @Test
    void theSameContentsGiveTheSameBytes() {
        assertThat(bytes()).isEqualTo(bytes());
        byte[] json = BundleJson.bytes(bundle());
        assertThat(BundleJson.bytes(BundleJson.parse(json))).isEqualTo(json);
    }

    @Test
    void noByteCanBeAnother() {
        byte[] whole = bytes();
        for (int flip : new int[] {0x01, 0x20, 0x80})
            for (int at = 0; at < whole.length; at++) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) flip;
                assertRefused(flipped, "byte %d of %d, flipped by %x".formatted(at, whole.length, flip));
            }
    }

    @Test
    void noByteCanBeMissingOrAdded() {
        byte[] whole = bytes();
        for (int length = 0; length < whole.length; length++) assertRefused(Arrays.copyOf(whole, length), "cut off at " + length);
        for (byte last : new byte[] {0, '\n', ' '}) {
            byte[] longer = Arrays.copyOf(whole, whole.length + 1);
            longer[whole.length] = last;
            assertRefused(longer, "with one more byte");
        }
        for (int at = 0; at < 400; at++) {
            byte[] without = new byte[whole.length - 1];
            System.arraycopy(whole, 0, without, 0, at);
            System.arraycopy(whole, at + 1, without, at, without.length - at);
            // One of two equal neighbours may go first or second.
            assertRefused(without, "without byte " + at);
        }
    }

    /// Plain Java, since it is asked ten thousand times.
    private static void assertRefused(byte[] bytes, String how) {
        try {
            BundleFile.parse(bytes);
        } catch (BundleException e) {
            String message = String.valueOf(e.getMessage());
            if (message.indexOf('\n') < 0 && (message.startsWith("no bundle of Tern") || message.contains("damaged"))) return;
            throw new AssertionError(how + ": " + message, e);
        }
        throw new AssertionError(how + ": was read");
    }

    @Test
    void anotherKeysSignatureIsNotItsOwn() throws IOException {
        SigningKey other = SigningKey.in(folder.resolve("other"));
        String forged = new String(bytes(), UTF_8).replace(key.key().toString(), other.key().toString());
        assertThatThrownBy(() -> BundleFile.parse(forged.getBytes(UTF_8)))
                .hasMessage("damaged or forged: its signature is not that of the key it names, " + other.key());
        assertThat(BundleFile.parse(BundleFile.seal(BundleJson.bytes(bundle()), other)).signer()).isEqualTo(other.key());
    }

    @Test
    void theMessageNamesTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "All this is no bundle.");
        assertThatThrownBy(() -> BundleFile.read(file)).hasMessage(file + ": no bundle of Tern, or a damaged one");
        String newer = new String(bytes(), UTF_8).replace("tern bundle 1\n", "tern bundle 2\n");
        Files.writeString(file, newer);
        assertThatThrownBy(() -> BundleFile.read(file))
                .hasMessage(file + ": a bundle of another version of Tern, or a damaged one: this version reads tern bundle 1");
    }

    /// Whole and signed, by somebody who signs anything.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"threads\":2    | \"threads\":0      | environments[0], threads: 0 is not from 1 to 16777216",
        "\"threads\":2    | \"threads\":\"2\"  | environments[0], threads: expected a whole number",
        "\"environment\":1| \"environment\":2  | trials[1], environment: 2 is not from 0 to 1",
        "\"m\":2560       | \"m\":2.5          | winners[0].step, m: expected a whole number",
        "\"m\":2560       | \"m\":-2560        | winners[0].step, m: -2560 is not from 1 to 16777216",
        "\"seconds\":1.234E-5 | \"seconds\":\"NaN\" | trials[0], seconds: expected seconds",
        "\"seconds\":1.234E-5 | \"seconds\":1e999 | trials[0], seconds: expected seconds",
        "\"seconds\":1.234E-5 | \"second\":1 | trials[0], seconds: expected seconds",
        "CRASHED          | BORED              | trials[1], failed: an unknown reason",
        "2024-02-29T01:02 | 2024-02-30T01:02   | winners[0], at: expected a moment",
        "2024-02-29T01:02 | 9024-02-29T01:02   | winners[0], at: in the future",
        "2024-02-29T01:02 | 1024-02-29T01:02   | winners[0], at: before 1970",
        "strategy decode  | strategy hope      | winners[0], schedule: not sound: unknown strategy 'hope'; there are decode, tabulate, bytes, fours, matrix",
        "packing tri5r8 { | packing tri5r9 {   | winners[0], schedule: not sound: no packing is named tri5r8",
        "row*16           | row*15             | winners[0], schedule: not sound: code at bits",
        "\"winners\"      | \"losers\"         | the bundle, winners: expected a list",
        "{\"processor\"   | [\"processor\"     | its contents are no JSON: ",
    })
    void contentsThatAreNoRecordsAreRefused(String from, String to, String message) {
        String json = new String(BundleJson.bytes(bundle()), UTF_8);
        assertThat(json).contains(from);
        byte[] lie = BundleFile.seal(json.replace(from, to).getBytes(UTF_8), key);
        assertThatThrownBy(() -> BundleFile.parse(lie)).isInstanceOf(BundleException.class).message().startsWith(message).hasLineCount(1);
    }
}
