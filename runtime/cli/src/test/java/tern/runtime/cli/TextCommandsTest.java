package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `check`, `dump` and `verify` of a packing that is in no library.
class TextCommandsTest {

    private static final String PAIRS = """
            codec pair = base3(2) in 4 bits
            packing pairs {
                tile rows 4, k 4;
                word i16;
                codec pair;
                digit k%2;
                code at row*16 + k/2*4;
                tiles k within rows;
            }

            kernel product(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] {
                y[i, j] = sum(k: x[i, k] * w[j, k])
            }
            """;

    @TempDir
    Path folder;

    Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("pairs.tir"), PAIRS);
    }

    @Test
    void checkReports() {
        assertThat(Tern.run("check", file)).isEqualTo(new Tern(0, """
                codec pair: 2 weights from -1 to 1 in 4 bits, 9 of 16 codes used
                packing pairs: 4 bits a weight; a tile has 4 words, 8 codes, alignment 8, 32 unused bits: 8..15, 24..31, 40..47, 56..63
                  bits a weight: code 2 + unused 2; a trit is worth 1.5850
                  way         applies
                  decode      on avx2_vnni
                  tabulate    on avx2_vnni
                  bytes       no: four neighbouring bytes hold weights of several rows
                  fours       no: four neighbouring bytes hold weights of several rows
                  matrix      no: a tile of 4 rows is no whole number of 16
                  lanes       on h200
                  dp4a        on h200
                  mma         on h200, several tokens
                  tiles       on h200, several tokens
                  warpgroups  on h200, several tokens
                kernel product: 1 matrix; result i32[n, m]
                %s: sound (1 codec, 1 packing, 1 kernel, 0 schedules)
                """.formatted(file), ""));
    }

    @Test
    void checkSaysWhatACodecCannotHold() throws IOException {
        Path sherry = Files.writeString(folder.resolve("one.tir"), "codec one = table(2) in 1 bits { 0: 0 1; 1: 1 0; }\n");
        assertThat(Tern.run("check", sherry).out()).startsWith(
                "codec one: 2 weights from 0 to 1 in 1 bit, 2 of 2 codes used; cannot hold 2 combinations of weights: 0 0, 1 1\n");
    }

    @Test
    void checkPlacesEveryError() throws IOException {
        Files.writeString(file, PAIRS.replace("i16", "i24").replace("base3(2)", "base3(3)"));
        assertThat(Tern.run("check", file)).isEqualTo(new Tern(2, "", """
                %1$s:1:14: codec pair: 27 codes do not fit 4 bits, which hold 16
                  codec pair = base3(3) in 4 bits
                               ^^^^^^^^^^^^^^^^^^
                %1$s:4:10: no element type 'i24'
                      word i24;
                           ^^^
                %1$s:5:11: no codec is named pair
                      codec pair;
                            ^^^^
                """.formatted(file)));
    }

    @Test
    void textParsesBackToItself() {
        Tern run = Tern.run("dump", file, "--stage", "text");
        assertThat(run.out()).isEqualTo(PAIRS.replace("bits\npacking", "bits\n\npacking"));
    }

    @Test
    void thePackingIsDrawn() {
        assertThat(Tern.run("dump", file, "--stage", "packing").out()).isEqualTo("""
                pairs: 4 bits a weight; a tile has 4 words, 8 codes, alignment 8, 32 unused bits: 8..15, 24..31, 40..47, 56..63

                weight -> i16 word.bit:digit
                       k 0    k 1    k 2    k 3
                row 0  0.0:0  0.0:1  0.4:0  0.4:1
                row 1  1.0:0  1.0:1  1.4:0  1.4:1
                row 2  2.0:0  2.0:1  2.4:0  2.4:1
                row 3  3.0:0  3.0:1  3.4:0  3.4:1

                word -> bits, from the top, with their weights as row,k
                   0  7..4 = 0,2 0,3 | 3..0 = 0,0 0,1
                   1  7..4 = 1,2 1,3 | 3..0 = 1,0 1,1
                   2  7..4 = 2,2 2,3 | 3..0 = 2,0 2,1
                   3  7..4 = 3,2 3,3 | 3..0 = 3,0 3,1
                """);
    }

    @Test
    void schedulesAreRanked() {
        Tern run = Tern.run("dump", file, "--stage", "schedules", "--target", "avx2", "--m", 16, "--k", 16);
        assertThat(run.out()).startsWith("product, m 16, k 16, n 1 on avx2: ").contains("tabulate", "decode", "predicted us");
    }

    @Test
    void loopsAreReadBack() throws IOException {
        Tern loop = Tern.run(
                "dump", file, "--stage", "loop", "--target", "avx2", "--m", 16, "--k", 16, "--part", "multiply");
        assertThat(loop.out()).startsWith("program product_n1_m16_k16_pairs_");
        Path printed = Files.writeString(folder.resolve("pairs.loop"), loop.out());
        assertThat(Tern.run("dump", "--from", "loop", printed, "--stage", "loop")).isEqualTo(loop);
        assertThat(Tern.run("dump", "--from", "loop", printed, "--stage", "packing")).isEqualTo(new Tern(
                2, "", "tern dump: stage packing lies before loop, where compiling starts from\n"));
    }

    @Test
    void bytecodeCarriesTheKernelsName() {
        Tern run = Tern.run("dump", file, "--stage", "bytecode", "--target", "avx2", "--m", 16, "--k", 16);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("prepare_product_n1_m16_k16_pairs_", "INVOKESTATIC jdk/incubator/vector/");
    }

    @Test
    void instructionsOfAProcessorThatIsNotHereArePrinted() {
        Tern run = Tern.run("dump", file, "--stage", "machine", "--isa", "neon", "--m", 16, "--k", 16, "--part", "multiply");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("product_n1_m16_k16_pairs_").contains("    ldr q", "    ret\n");
    }

    @Test
    void whatIsUnknownIsNamed() {
        assertThat(Tern.run("dump", file, "--stage", "loop", "--kernel", "nope").err())
                .startsWith("tern dump: no kernel is named 'nope'; there are ");
        assertThat(Tern.run("dump", file, "--stage", "ptx", "--target", "avx2")).isEqualTo(
                new Tern(2, "", "tern dump: stage ptx: --target must name a GPU, not avx2\n"));
        assertThat(Tern.run("verify", file, "--m", 0)).isEqualTo(new Tern(
                2, "", "tern verify: m = 0, k = 261, n = 5; expected m and k from 1 to 1048576, n from 1 to 4096\n"));
    }

    @Test
    void verifyProvesBothStrategiesOnBothDevices() {
        Tern run = Tern.run("verify", file, "--target", "avx2", "--m", 7, "--k", 19, "--n", 3);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith(file + ": schedules for avx2, proved on reference and cpu\n")
                .containsPattern("pairs +product +7 x 19 +n 1 +decode +exact on reference \\(\\d+\\) and cpu \\(\\d+\\)")
                .containsPattern("pairs +product +7 x 19 +n 1 +tabulate +exact on reference \\(\\d+\\) and cpu \\(\\d+\\)")
                .containsPattern("pairs +product +7 x 19 +n 3 +decode +exact on reference \\(\\d+\\) and cpu \\(\\d+\\)")
                .containsPattern("pairs +product +7 x 19 +n 3 +tabulate +exact on reference \\(\\d+\\) and cpu \\(\\d+\\)")
                .containsPattern("\nexact on reference and cpu: \\d+ proofs of 1 kernel over 1 packing in \\d+ s, [\\d,]+ results compared bit for bit");
        assertThat(run.status()).isZero();
    }
}
