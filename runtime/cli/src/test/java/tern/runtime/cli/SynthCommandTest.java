package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SynthCommandTest {

    @TempDir
    Path folder;

    @Test
    void writesAModelThatInspectReads() {
        Path out = folder.resolve("tiny.gguf");
        assertThat(Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", out))
                .isEqualTo(new Tern(0, out + ": 885,376 bytes\n", ""));
        Tern inspect = Tern.run("inspect", out);
        assertThat(inspect.err()).isEmpty();
        assertThat(inspect.out()).startsWith("""
                %s: GGUF v3
                name          tern synth, seed 1
                architecture  bitnet-b1.58
                  hidden           256
                  layers           3
                  heads            4
                  kv_heads         2
                  head_dim         64
                  ffn              768
                  vocabulary       512
                  context          512
                  epsilon          1.0E-5
                  theta            500000.0
                  ternary_weights  2359296
                  block            sub-norms, relu2, tied head, RoPE pairs i, i + d/2
                tokenizer     gpt2, 512 tokens, 256 of them special, 1 merges; begin 510, end 511, stops [511]; no chat template

                tensor                          shape  type    bytes  bits a weight
                token_embd.weight           512 x 256  F16   262,144        16.0000
                """.formatted(out));
        assertThat(inspect.out()).containsPattern("\nblk\\.2\\.ffn_down\\.weight +65,\\d{3} +65,\\d{3} +65,\\d{3} +33\\.\\d\\d +1\\.58(49|50) +")
                .containsPattern("\nall  +78\\d,\\d{3} +78\\d,\\d{3} +78\\d,\\d{3} +33\\.\\d\\d ");
        assertThat(inspect.out()).endsWith("""
                type  tensors    weights    bytes  bits a weight
                F16         1    131,072  262,144        16.0000
                F32        13      4,864   19,456        32.0000
                I2_S       21  2,359,296  590,496         2.0023
                all        35  2,495,232  872,096         2.7960
                """);
    }

    @Test
    void jsonIsOneObject() {
        Path out = folder.resolve("tiny.gguf");
        Tern.run("synth", "--preset", "tiny", "--seed", 1, "--weights", "TQ1_0", "--embedding", "bf16", "--out", out);
        Tern inspect = Tern.run("inspect", "--json", out);
        assertThat(inspect.status()).isZero();
        var root = tools.jackson.databind.json.JsonMapper.shared().readTree(inspect.out());
        assertThat(root.at("/configuration/ternary_weights").asLong()).isEqualTo(2359296);
        assertThat(root.at("/tensors/0/type").asString()).isEqualTo("BF16");
        assertThat(root.at("/format").asString()).isEqualTo("GGUF v3");
        assertThat(root.at("/configuration/activation").asString()).isEqualTo("relu2");
        long counted = 0;
        for (String digit : new String[] {"-1", "0", "1"}) {
            long each = root.at("/ternary/histogram/" + digit).asLong();
            assertThat(each).isBetween(780_000L, 792_000L);
            counted += each;
        }
        assertThat(counted).isEqualTo(2359296);
        assertThat(root.at("/ternary/entropy").asDouble()).isBetween(1.5849, Math.log(3) / Math.log(2));
        assertThat(root.at("/tensors/2/histogram/0").asLong()).as(root.at("/tensors/2/name").asString()).isBetween(60_000L, 70_000L);
        assertThat(root.at("/tensors/2/scale").asDouble()).isPositive();
        assertThat(root.at("/totals/TQ1_0/bits_per_weight").asDouble()).isEqualTo(1.6875);
        assertThat(root.at("/tokenizer/stops/0").asInt()).isEqualTo(511);
    }

    @Test
    void theReportIsAPageWithPictures() throws IOException {
        Path out = folder.resolve("tiny.gguf"), page = folder.resolve("tiny.html");
        Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", out);
        Tern inspect = Tern.run("inspect", "--no-weights", out);
        assertThat(inspect.out()).doesNotContain("ternary tensor");
        assertThat(Tern.run("inspect", out, "--report", page).out()).contains("ternary tensor");
        assertThat(Files.readString(page)).contains("<title>Weights of " + out, "Share of zeros of each tensor", "blk.2.ffn_down.weight: ", "<svg ",
                "768 x 256");
        assertThat(Tern.run("inspect", out, "--no-weights", "--report", page).status()).isEqualTo(2);
    }

    @Test
    void aFolderThatIsMissingIsSaidBeforeAnythingIsWritten() {
        Path out = folder.resolve("no/such/tiny.gguf");
        assertThat(Tern.run("synth", "--preset", "2b4t", "--seed", 1, "--out", out))
                .isEqualTo(new Tern(2, "", "tern synth: %s: no such folder\n".formatted(out.getParent())));
        assertThat(Tern.run("synth", "--preset", "2b4t", "--seed", 1, "--out", folder))
                .isEqualTo(new Tern(2, "", "tern synth: %s: a folder, expected a file\n".formatted(folder)));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aModelThatIsCutOffOrLiesIsRefused() throws IOException {
        Path whole = folder.resolve("tiny.gguf"), cut = folder.resolve("cut.gguf");
        Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", whole);
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        Tern run = Tern.run("inspect", cut);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("tern inspect: " + cut + ": tensor 'blk.").hasLineCount(1);
    }
}
