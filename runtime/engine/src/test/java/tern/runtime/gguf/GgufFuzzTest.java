package tern.runtime.gguf;

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

/// Damages a good file in thousands of ways. Each is refused with a [ModelException] or read to the end; either costs
/// memory in proportion to the file, whatever its counts say.
class GgufFuzzTest {

    private static final int MUTANTS = 20_000;

    /// Far above what the file of 2 kB needs, far below what a count that is believed would take.
    private static final long MOST_MEMORY = 4 << 20;

    private static byte[] good;

    @BeforeAll
    static void writeGoodFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("good.gguf");
        new GgufWriter()
                .put("general.architecture", Value.text("bitnet-b1.58"))
                .put("bitnet-b1.58.block_count", Value.u32(30))
                .put("bitnet-b1.58.rope.freq_base", Value.f32(500_000))
                .put("general.alignment", Value.u32(32))
                .put("tokenizer.ggml.add_bos_token", Value.bool(true))
                .put("tokenizer.ggml.tokens", Value.texts(List.of("a", "b", "ab", "Ġ", "<|eot_id|>")))
                .put("tokenizer.ggml.token_type", Value.i32s(1, 1, 1, 1, 3))
                .put("tokenizer.ggml.scores", Value.f32s(0, 0, 0, 0, 0))
                .tensor("token_embd.weight", List.of(32L, 5L), TensorType.F16, zeros(320))
                .tensor("blk.0.attn_q.weight", List.of(256L, 2L), TensorType.I2_S, zeros(160))
                .tensor("blk.0.attn_k.weight", List.of(256L, 2L), TensorType.TQ1_0, zeros(108))
                .tensor("output_norm.weight", List.of(32L), TensorType.F32, zeros(128))
                .write(file);
        good = Files.readAllBytes(file);
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
                () -> seeds.mapToObj(GgufFuzzTest::outcomeOfSeed).collect(toSet()));
        if (Long.getLong("seed") == null) assertThat(outcomes).as("both are tried").containsExactlyInAnyOrder("read", "refused");
    }

    @Test
    void everyTruncationIsRefused() {
        // The good file ends with padding, 0 bytes here, so that every byte less is missing.
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
            readAll(Gguf.parse("mutant.gguf", MemorySegment.ofArray(bytes)));
            outcome = "read";
        } catch (ModelException e) {
            assertThat(e).hasMessageStartingWith("mutant.gguf: ").hasMessageContaining("found ");
            outcome = "refused";
        }
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).as("bytes allocated").isLessThan(MOST_MEMORY);
        return outcome;
    }

    private static void readAll(Gguf gguf) {
        Metadata metadata = gguf.metadata();
        for (String key : metadata.keys()) {
            assertThat(metadata.find(key).orElseThrow().toString()).isNotNull();
            if (metadata.find(key).orElseThrow() instanceof Value.Array(var element, _, _)) {
                if (element == ValueType.TEXT) metadata.texts(key).forEach(String::hashCode);
                if (element == ValueType.I32 || element == ValueType.U32) assertThat(metadata.i32s(key)).isNotNull();
            }
        }
        for (Tensor tensor : gguf.tensors()) {
            assertThat(tensor.bytes()).isEqualTo(tensor.type().bytes(tensor.ne()));
            assertThat(tensor.data().get(JAVA_BYTE, tensor.bytes() - 1)).isNotNull();
        }
    }

    /// One to four injuries: flipped bits, random bytes, numbers that tend to break arithmetic, pieces moved, the end cut.
    private static byte[] mutant(RandomGenerator random) {
        byte[] bytes = good.clone();
        for (int injuries = random.nextInt(1, 5); injuries > 0; injuries--) {
            int at = random.nextInt(bytes.length - 8);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> little(bytes).putInt(at, (int) awkward(random));
                case 3 -> little(bytes).putLong(at, awkward(random));
                case 4 -> System.arraycopy(good, random.nextInt(good.length - 8), bytes, at, 8);
                case 5 -> bytes = Arrays.copyOf(bytes, random.nextInt(16, bytes.length + 64));
                default -> throw new AssertionError();
            }
        }
        return bytes;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long awkward(RandomGenerator random) {
        long power = 1L << random.nextInt(64);
        return switch (random.nextInt(4)) {
            case 0 -> power;
            case 1 -> power - 1;
            case 2 -> -power;
            default -> random.nextInt(256);
        };
    }
}
