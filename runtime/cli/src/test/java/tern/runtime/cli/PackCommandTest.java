package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tensor of the golden model in packings that no library has: bytes and weights, found by arithmetic that knows nothing of packings.
class PackCommandTest {

    private static final Path MODEL =
            Path.of(System.getProperty("basedir", "."), "..", "..", "tests", "src", "test", "resources", "golden", "tiny256.i2_s.gguf");
    private static final String TENSOR = "blk.0.attn_k.weight";

    private static final String TEXT = """
            codec flipped = map(1, 0, -1, _) in 2 bits
            codec apart = base3(3) in low 3 bits, high 2 bits
            codec signs = map(-1, 1) in 1 bits

            packing bytes {
                tile rows 1, k 64, 20 bytes;
                codec flipped;
                code at 32 + k%16*8 + k/16*2;
                scale f32 at 0;
            }

            packing crossing {
                tile rows 1, k 96;
                codec apart;
                digit k%3;
                low at k/3%2*3 + k/6*8;
                high at 128 + k/3*2;
            }

            packing sign { tile rows 1, k 8; codec signs; code at k; }
            """;

    @TempDir
    Path folder;

    private Path text;
    private Linear tensor;

    @BeforeEach
    void write() throws IOException {
        text = Files.writeString(folder.resolve("own.tir"), TEXT);
        ModelSource model = ModelSource.open(MODEL, Arena.ofAuto(), false);
        var config = model.config();
        tensor = model.linear(TENSOR, config.kvHeads() * config.headDim(), config.hidden());
    }

    private Tern pack(String packing, Path out, String... more) {
        return Tern.run(Stream.concat(Stream.of("pack", text, "--packing", packing, "--model", MODEL, "--tensor", TENSOR,
                "--output", out), Stream.of(more)).toArray());
    }

    @Test
    void bytesAreAsTheTextSays() throws IOException {
        Path out = folder.resolve("bytes");
        Tern run = pack("bytes", out);
        int m = tensor.m(), k = tensor.k(), tiles = Math.ceilDiv(k, 64);
        assertThat(run).isEqualTo(new Tern(0, "%s: %,d bytes, [%d, %d], %.4f bits a weight; scales are the model's\n".formatted(
                out, m * tiles * 20, m, k, 8.0 * m * tiles * 20 / (m * k)), ""));
        ByteBuffer found = ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN);
        var row = new byte[k];
        for (int r = 0; r < m; r++) {
            tensor.rows().read(r, row);
            for (int c = 0; c < k; c++) {
                int at = (r * tiles + c / 64) * 20, in = c % 64;
                assertThat(found.getFloat(at)).isEqualTo(tensor.scale());
                int code = found.get(at + 4 + in % 16) >> in / 16 * 2 & 3;
                assertThat(1 - code).as("row %d, k %d", r, c).isEqualTo(row[c]);
            }
        }
        assertThat(pack("bytes", out).err()).isEqualTo("tern pack: %s: exists already\n".formatted(out));
        assertThat(pack("bytes", out, "--force").status()).isZero();
    }

    @Test
    void weightsComeBackAndAreCompared() throws IOException {
        Path packed = folder.resolve("packed"), weights = folder.resolve("w.safetensors");
        assertThat(pack("crossing", packed)).matches(run -> run.status() == 0 && run.out().endsWith("; the packing holds no scales\n"));
        Tern run = Tern.run("unpack", text, "--packing", "crossing", "--input", packed, "--model", MODEL, "--tensor", TENSOR, "--output", weights);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("weight int8 [%d, %d]".formatted(tensor.m(), tensor.k()),
                ": 0 of %,d weights differ from ".formatted(tensor.m() * tensor.k()));
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) file.getLong(0);
        JsonNode json = JsonMapper.shared().readTree(new String(file.array(), 8, header, StandardCharsets.UTF_8)).get("weight");
        assertThat(json.get("dtype").asString()).isEqualTo("I8");
        var row = new byte[tensor.k()];
        for (int r = 0; r < tensor.m(); r++) {
            tensor.rows().read(r, row);
            assertThat(Arrays.copyOfRange(file.array(), 8 + header + r * row.length, 8 + header + (r + 1) * row.length)).isEqualTo(row);
        }
        byte[] bytes = Files.readAllBytes(packed);
        bytes[0] ^= 1; // the first code becomes its neighbour
        Files.write(packed, bytes);
        Tern other = Tern.run("unpack", text, "--packing", "crossing", "--input", packed, "--model", MODEL, "--tensor", TENSOR);
        assertThat(other.status()).isOne();
        assertThat(other.out()).containsPattern(": [1-3] of .* weights differ from .*, the first at row 0, k [0-2]: ");
    }

    @Test
    void whatDoesNotFitIsCountedAndNamed() throws IOException {
        long zeros = 0;
        int firstRow = -1, firstColumn = -1;
        var row = new byte[tensor.k()];
        for (int r = 0; r < tensor.m(); r++) {
            tensor.rows().read(r, row);
            for (int c = 0; c < row.length; c++)
                if (row[c] == 0) {
                    if (zeros == 0) firstRow = r;
                    if (zeros == 0) firstColumn = c;
                    zeros++;
                }
        }
        Path out = folder.resolve("none");
        assertThat(pack("sign", out))
                .isEqualTo(new Tern(1, "", ("tern pack: %s: tensor %s: packing sign: %,d of %,d codes do not fit, the first at row %d, k %d: "
                        + "codec signs has no code for the weights 0\n").formatted(MODEL, TENSOR, zeros, tensor.m() * tensor.k(), firstRow, firstColumn)));
        assertThat(out).doesNotExist();
        Tern check = Tern.run("check", text, "--model", MODEL);
        assertThat(check.status()).isZero();
        assertThat(check.out()).contains("packing crossing: holds all 21 tensors\n", "packing sign: 21 of 21 tensors do not fit; blk.0.attn_q.weight: ");
    }

    @Test
    void whatIsAskedWronglyIsSaidInOneLine() throws IOException {
        Path little = Files.write(folder.resolve("short"), new byte[7]);
        assertThat(Tern.run("pack", text, "--model", MODEL, "--tensor", TENSOR, "--output", folder.resolve("x")))
                .isEqualTo(new Tern(2, "", "tern pack: %s has 3 packings: --packing says which\n".formatted(text)));
        assertThat(Tern.run("pack", text, "--packing", "sign", "--model", MODEL, "--tensor", "q", "--output", folder.resolve("x")).err())
                .startsWith("tern pack: --tensor q: %s has no such ternary tensor; it has blk.0.attn_q.weight to ".formatted(MODEL)).hasLineCount(1);
        assertThat(Tern.run("unpack", text, "--packing", "sign", "--input", little, "--shape", "8,8"))
                .isEqualTo(new Tern(2, "", "tern unpack: %s: 7 bytes; packing sign takes 8 for 8,8\n".formatted(little)));
        assertThat(Tern.run("unpack", text, "--packing", "sign", "--input", little).err())
                .isEqualTo("tern unpack: --shape, or --model and --tensor, says how large the matrix is\n");
    }

    @Test
    void checkSaysWhatAPackingGets() {
        Tern run = Tern.run("check", text, "--target", "avx2");
        assertThat(run.out()).contains(
                "  bits a weight: code 2 + scale 0.5; a trit is worth 1.5850\n",
                "  bits a weight: code 1.6667 + unused 0.3333; a trit is worth 1.5850\n",
                "bytes     no: a code has several fields\n", "matrix    no: avx2 has no matrix unit\n",
                "fours     no: avx2 has no instruction for sums of four products of bytes\n", "decode    on avx2\n");
        String all = Tern.run("check", text).out();
        assertThat(all).containsPattern("way +with one scale a row +with scales of groups of 64\n")
                .containsPattern("matrix +no: a tile of 1 rows is no whole number of 16\n").containsPattern("lanes +on h200\n")
                .containsPattern("decode +on avx2_vnni +on avx2_vnni\n");
    }
}
