package tern.runtime.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Payload;

/// Damages a good file in thousands of ways. Each is refused with a [ModelException] or read to the end; either costs
/// memory in proportion to the file, whatever it says of itself.
class SafetensorsFuzzTest {

    private static final int MUTANTS = 20_000;

    private static final long MOST_MEMORY = 4 << 20;

    /// What JSON is broken with: its own signs, and numbers that tend to break arithmetic.
    private static final List<String> SPLICES = List.of("{", "}", "[", "]", ",", ":", "\"", "null", "-1", "0", "1e9", "1e400", "18446744073709551615",
            "9223372036854775807", "4611686018427387904", "[[[[", "\\u0000", "F32", "__metadata__", "\"dtype\":", "0.5", "true");

    private static byte[] good;
    private static int header;

    @BeforeAll
    static void writeGoodFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("good.safetensors");
        new SafetensorsWriter()
                .tensor("model.embed_tokens.weight", Dtype.BF16, List.of(5L, 32L), zeros(320))
                .tensor("model.layers.0.self_attn.q_proj.weight", Dtype.U8, List.of(2L, 64L), zeros(128))
                .tensor("model.layers.0.self_attn.q_proj.weight_scale", Dtype.BF16, List.of(1L), zeros(2))
                .tensor("model.norm.weight", Dtype.F32, List.of(32L), zeros(128))
                .write(file);
        good = Files.readAllBytes(file);
        header = (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static Payload zeros(int bytes) {
        return Payload.of(MemorySegment.ofArray(new byte[bytes]));
    }

    @Test
    void theGoodFileIsRead() {
        assertThat(outcome(good)).isEqualTo("read");
    }

    @Test
    void everyMutantIsReadOrRefused() {
        LongStream seeds = Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, MUTANTS);
        var outcomes = assertTimeoutPreemptively(Duration.ofMinutes(10),
                () -> seeds.mapToObj(SafetensorsFuzzTest::outcomeOfSeed).collect(toSet()));
        if (Long.getLong("seed") == null) assertThat(outcomes).as("both are tried").containsExactlyInAnyOrder("read", "refused");
    }

    @Test
    void everyTruncationIsRefused() {
        for (int length = 0; length < good.length; length++)
            assertThat(outcome(Arrays.copyOf(good, length))).as("-> %d bytes", length).isEqualTo("refused");
    }

    private static String outcomeOfSeed(long seed) {
        try {
            return outcome(mutant(new SplittableRandom(seed)));
        } catch (Throwable e) {
            throw new AssertionError("-Dseed=" + seed, e);
        }
    }

    private static String outcome(byte[] bytes) {
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        String outcome;
        try {
            Safetensors file = Safetensors.parse("mutant", MemorySegment.ofArray(bytes));
            for (StoredTensor tensor : file.tensors()) {
                assertThat(tensor.count() * tensor.dtype().bytes()).isEqualTo(tensor.data().byteSize());
                assertThat(tensor.data().get(JAVA_BYTE, tensor.data().byteSize() - 1)).isNotNull();
            }
            outcome = "read";
        } catch (ModelException e) {
            assertThat(e).hasMessageStartingWith("mutant: ").hasMessageContaining("found ");
            assertThat(e.getMessage().lines().count()).isEqualTo(1);
            outcome = "refused";
        }
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).as("bytes allocated").isLessThan(MOST_MEMORY);
        return outcome;
    }

    /// One to four injuries, most of them to the header.
    private static byte[] mutant(RandomGenerator random) {
        byte[] bytes = good.clone();
        for (int injuries = random.nextInt(1, 5); injuries > 0; injuries--) {
            int at = random.nextInt(Math.min(bytes.length, 8 + header) - 8);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[8 + at] = (byte) random.nextInt();
                case 2 -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header + random.nextInt(-40, 40));
                case 3 -> ByteBuffer.wrap(bytes).putLong(0, random.nextLong() >>> random.nextInt(64));
                case 4 -> System.arraycopy(good, 8 + random.nextInt(header - 8), bytes, at, 8);
                case 5 -> bytes = Arrays.copyOf(bytes, random.nextInt(16, bytes.length + 64));
                default -> bytes = spliced(bytes, 8 + at, SPLICES.get(random.nextInt(SPLICES.size())), random.nextInt(12));
            }
        }
        return bytes;
    }

    /// `text` in the place of some bytes; the header's length follows.
    private static byte[] spliced(byte[] bytes, int at, String text, int replaced) {
        int end = Math.min(bytes.length, at + replaced);
        ByteBuffer out = ByteBuffer.allocate(bytes.length + text.length() - (end - at)).order(ByteOrder.LITTLE_ENDIAN);
        out.put(bytes, 0, at).put(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).put(bytes, end, bytes.length - end);
        return out.putLong(0, out.getLong(0) + text.length() - (end - at)).array();
    }
}
