package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.TensorType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A packing of signs alone, with a model that has no zeros, and with one that has.
class PartialPackingTest {

    private static final Path GOLDEN = Path.of(System.getProperty("basedir", "."), "..", "..", "tests", "src", "test", "resources", "golden");
    private static final Path WITH_ZEROS = GOLDEN.resolve("tiny256.i2_s.gguf");

    private static final String SIGNS = """
            codec signs = map(-1, 1) in 1 bits
            packing sign32 { tile rows 32, k 1; word i32; codec signs; code at row; }
            """;

    @TempDir
    Path folder;

    private Path signs, withoutZeros;

    /// Zeros of the golden model become ones: in I2_S code 1 becomes code 2.
    @BeforeEach
    void write() throws IOException {
        signs = Files.writeString(folder.resolve("signs.tir"), SIGNS);
        byte[] file = Files.readAllBytes(WITH_ZEROS);
        try (Arena arena = Arena.ofConfined()) {
            for (Tensor tensor : Gguf.open(WITH_ZEROS, arena).tensors()) {
                if (tensor.type() != TensorType.I2_S) continue;
                for (int at = 0; at < tensor.m() * tensor.k() / 4; at++) {
                    int old = file[(int) tensor.offset() + at], ones = old & ~(old >> 1) & 0x55;
                    file[(int) tensor.offset() + at] = (byte) (old + ones);
                }
            }
        }
        withoutZeros = Files.write(folder.resolve("signs.gguf"), file);
    }

    private Tern logits(Path model, Object packing, Path out) {
        return Tern.run("logits", "--model", model, "--ids", GOLDEN.resolve("tiny256.tokens.i32"), "--out", out, "--packing", packing,
                "--cache", folder.resolve("cache"));
    }

    @Test
    void aModelRunsInAPackingThatHoldsItsWeights() throws IOException {
        Path expected = folder.resolve("expected"), found = folder.resolve("found");
        assertThat(logits(withoutZeros, "i2_s", expected)).extracting(Tern::status).isEqualTo(0);
        Tern run = logits(withoutZeros, signs, found);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Files.readAllBytes(found)).isEqualTo(Files.readAllBytes(expected));
    }

    @Test
    void whatDoesNotFitIsRefusedWithCountAndPlace() {
        Tern run = logits(WITH_ZEROS, signs, folder.resolve("none"));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("tern logits: --packing %s: packing sign32: 21 of 21 tensors do not fit; blk.0.attn_q.weight: ".formatted(signs))
                .containsPattern("[0-9,]+ of [0-9,]+ codes do not fit, the first at row \\d+, k \\d+: codec signs has no code for the weights 0\n")
                .hasLineCount(1);
        Tern tune = Tern.run("tune", signs, "--shape", "64,64,1", "--target", "h200");
        assertThat(tune.err())
                .isEqualTo("tern tune: packing sign32 takes no part: it holds not every ternary matrix; --model says whether it holds a model's\n");
    }

    @Test
    void itIsExploredWithWeightsThatItHolds() throws IOException {
        Tern run = Tern.run("explore", signs, "--shape", "64,256", "--threads", 1, "--tries", 1, "--model", withoutZeros, "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode result = JsonMapper.shared().readTree(run.out());
        assertThat(result.at("/packings/0/points/0/seconds/median").asDouble()).isPositive();
        assertThat(result.at("/fits/0/refused").asInt()).isZero();
        assertThat(result.at("/layers")).hasSize(3);
        assertThat(result.at("/layers/0/zeros").asLong()).isZero();
        assertThat(result.at("/layers/0/entropy_bits").asDouble()).isBetween(0.5, 1.0);
    }
}
