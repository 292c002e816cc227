package tern.runtime.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.PackedMatrix;
import tern.ir.text.Tir;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.ModelConfig;
import tern.runtime.tokenizer.BpeTokenizer;

class SynthesizerTest {

    /// SHA-256 of the tiny model with seed 1, I2_S and F16. A change here changes every synthetic model.
    private static final String DIGEST = "5bf1b3ac6add529e33d513c4f74d9567ce947a5ff1252492a388bf28a78060d9";

    @TempDir
    Path folder;

    private Path tiny(String name, long seed, int threads, TensorType weights, TensorType embedding) throws IOException {
        Path file = folder.resolve(name);
        Synthesizer.write(ModelConfig.TINY, seed, weights, embedding, threads, file, (done, total) -> {});
        return file;
    }

    private static String digest(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void theSeedAloneMakesTheFile() throws Exception {
        for (int threads : new int[] {1, 2, 7})
            assertThat(digest(tiny("t" + threads, 1, threads, TensorType.I2_S, TensorType.F16))).isEqualTo(DIGEST);
        assertThat(digest(tiny("other", 2, 2, TensorType.I2_S, TensorType.F16))).isNotEqualTo(DIGEST);
    }

    @Test
    void everyTypeHoldsTheSameTrits() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[][] first = null;
            for (TensorType type : List.of(TensorType.I2_S, TensorType.TQ1_0, TensorType.TQ2_0)) {
                Gguf file = Gguf.open(tiny(type.name(), 3, 2, type, TensorType.F32), arena);
                Tensor tensor = file.tensor("blk.1.ffn_down.weight");
                var matrix = new PackedMatrix(
                        Tir.library().packing(type.name().toLowerCase(java.util.Locale.ROOT)), 256, 768, tensor.data());
                byte[][] rows = new byte[256][768];
                for (int row = 0; row < 256; row++) matrix.read(row, rows[row]);
                if (first == null) first = rows;
                assertThat(rows).as(type.name()).isDeepEqualTo(first);
            }
            int[] count = new int[3];
            for (byte[] row : first) for (byte trit : row) count[trit + 1]++;
            for (int each : count) assertThat(each / (256.0 * 768)).isBetween(0.325, 0.342);
        }
    }

    @Test
    void embeddingsAreNormal() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Gguf.open(tiny("f32", 4, 2, TensorType.I2_S, TensorType.F32), arena).tensor("token_embd.weight");
            float[] values = tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            double sum = 0, squares = 0;
            int beyond = 0;
            for (float value : values) {
                sum += value;
                squares += (double) value * value;
                if (Math.abs(value) > 2 * 0.05f) beyond++;
            }
            assertThat(sum / values.length).isBetween(-1e-3, 1e-3);
            assertThat(Math.sqrt(squares / values.length)).isBetween(0.0495, 0.0505);
            assertThat(beyond / (double) values.length).as("beyond two deviations").isBetween(0.043, 0.048);
        }
    }

    @Test
    void theTokenizerReadsItsVocabulary() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            var tokenizer = BpeTokenizer.of(Gguf.open(tiny("t", 1, 2, TensorType.I2_S, TensorType.BF16), arena).metadata());
            assertThat(tokenizer.decode(tokenizer.encode("für 3 €"))).isEqualTo("für 3 €");
            assertThat(tokenizer.special("<t256>")).isEqualTo(256);
            assertThat(tokenizer.bos()).hasValue(510);
        }
    }

    @Test
    void aLargeVocabularyHasLlamasSpecials() {
        var vocabulary = SyntheticVocabulary.of(128256);
        List<String> tokens = vocabulary.tokens();
        assertThat(tokens).hasSize(128256).doesNotHaveDuplicates();
        assertThat(tokens.get(128000)).isEqualTo("<|begin_of_text|>");
        assertThat(tokens.get(128001)).isEqualTo("<|end_of_text|>");
        assertThat(tokens.get(128009)).isEqualTo("<|eot_id|>");
        assertThat(tokens.get(256)).isEqualTo("Ġbababa");
        assertThatThrownBy(() -> SyntheticVocabulary.of(257)).hasMessage("a vocabulary of 257 has no room for 256 bytes and 2 specials");
    }

    @Test
    void typesThatHoldNoTritsAreRefused() {
        assertThatThrownBy(() -> tiny("x", 1, 1, TensorType.F32, TensorType.F16))
                .hasMessage("ternary weights are written as I2_S, TQ1_0, TQ2_0, Q2_0, PQ2_0 or PTQ1_0, not F32");
        assertThatThrownBy(() -> tiny("x", 1, 1, TensorType.I2_S, TensorType.Q8_0))
                .hasMessage("normal numbers are written as F16, BF16 or F32, not Q8_0");
        assertThat(folder).isEmptyDirectory();
    }
}
