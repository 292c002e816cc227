package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A golden file becomes a checkpoint, which every command takes as a model.
class ConvertCommandTest {

    private static final Path GOLDEN = Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), Stream.of(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    @Test
    void aFolderIsAModel() throws IOException {
        Path golden = GOLDEN.resolve("tiny256.i2_s.gguf"), hub = folder.resolve("hub");
        Run convert = run("convert", golden, hub, "--weights", "packed");
        assertThat(convert).isEqualTo(new Run(0, convert.out, ""));
        assertThat(convert.out).startsWith(hub + ": ").endsWith(" bytes; 2,359,296 ternary weights, norms, embedding and head are read back equal\n");

        Run inspect = run("inspect", hub);
        assertThat(inspect.err).isEmpty();
        assertThat(inspect.out).startsWith(hub.resolve("model.safetensors") + ": safetensors, 1 file\n")
                .contains("architecture  bitnet-b1.58\n", "begin 510, end 511, stops [511]; no chat template\n")
                .containsPattern("\nmodel\\.layers\\.0\\.mlp\\.down_proj\\.weight +64 x 768 +U8 +49,152 +2\\.0000\n")
                .containsPattern("\nU8 +21  2,359,296  589,824 +2\\.0000\n");
        JsonNode first = JsonMapper.shared().readTree(run("inspect", "--json", golden).out),
                second = JsonMapper.shared().readTree(run("inspect", "--json", hub).out);
        assertThat(second.at("/ternary")).isEqualTo(first.at("/ternary"));
        assertThat(second.at("/configuration")).isEqualTo(first.at("/configuration"));
        assertThat(first.at("/ternary/histogram/1").asLong()).isPositive();

        assertThat(logits(hub)).as("bit for bit").isEqualTo(logits(golden)).hasSize(32 * 512 * 4);
    }

    private byte[] logits(Path model) throws IOException {
        Path out = folder.resolve("logits");
        Run run = run("logits", "--model", model, "--ids", GOLDEN.resolve("tiny256.tokens.i32"), "--out", out, "--cache", folder.resolve("cache"));
        assertThat(run.status).as(run.err).isZero();
        return Files.readAllBytes(out);
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws IOException {
        Path golden = GOLDEN.resolve("tiny256.i2_s.gguf"), out = folder.resolve("out.gguf");
        Run rounds = run("convert", golden, out, "--weights", "tq1_0");
        assertThat(rounds.status).isEqualTo(2);
        assertThat(rounds.err).startsWith("tern convert: " + golden + ": tensor 'blk.0.attn_q.weight': has the scale ").hasLineCount(1);
        assertThat(run("convert", golden, out, "--weights", "tq1_0", "--round-scales").status).isZero();
        assertThat(run("convert", golden, out, "--weights", "q4_0").status).isEqualTo(2);
        Path missing = folder.resolve("missing");
        assertThat(run("convert", missing, folder.resolve("other.gguf"), "--weights", "i2_s"))
                .isEqualTo(new Run(2, "", "tern convert: %s: no such file\n".formatted(missing)));
        assertThat(run("convert", golden, missing.resolve("x"), "--weights", "i2_s"))
                .isEqualTo(new Run(2, "", "tern convert: %s: no such folder\n".formatted(missing)));
        Files.createDirectories(missing.resolve("x"));
        assertThat(run("convert", golden, missing, "--weights", "packed")).isEqualTo(new Run(2, "", "tern convert: %s: exists already\n".formatted(missing)));
    }

    @Test
    void nothingIsReplacedUnaskedAndALinkStays() throws IOException {
        Path golden = GOLDEN.resolve("tiny256.i2_s.gguf"), there = Files.writeString(folder.resolve("there.gguf"), "mine");
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), Path.of("there.gguf"));
        for (Path out : List.of(there, link))
            assertThat(run("convert", golden, out, "--weights", "i2_s")).isEqualTo(new Run(2, "", "tern convert: %s: exists already\n".formatted(out)));
        assertThat(there).hasContent("mine");
        assertThat(run("convert", golden, link, "--weights", "i2_s", "--force").status).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(Files.size(there)).isGreaterThan(100_000);
    }
}
