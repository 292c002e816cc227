package tern.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every example runs to its end, and says what its reader is promised. Wrong numbers are found by the examples themselves.
class ExamplesTest {

    @FunctionalInterface
    private interface Example {
        void run(PrintStream out) throws IOException;
    }

    private static String run(Example example) throws IOException {
        var bytes = new ByteArrayOutputStream();
        example.run(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void aPackingIsAText() throws IOException {
        assertThat(run(Ex01Packing::run)).isEqualTo("""
                checked: byte5: 1.6 bits a weight; a tile has 64 words, 64 codes, alignment 64

                words of a tile, and the weights in them as row,k:
                  i8 0 from bit 0: 0,0  0,1  0,2  0,3  0,4
                  i8 1 from bit 0: 1,0  1,1  1,2  1,3  1,4
                  i8 2 from bit 0: 2,0  2,1  2,2  2,3  2,4
                ... of 64

                100 x 23 weights in 640 bytes: 2 x 5 tiles, the last ones padded
                all of them read back as they were
                """);
    }

    @Test
    void fromTextToKernel() throws IOException {
        assertThat(run(Ex02Kernel::run)).containsSubsequence(
                "---- text", "codec three = base3(3) in 5 bits", "---- schedule", "strategy=TABULATE",
                "program prepare_product_n1_m64_k90_nine_tab_", "program product_n1_m64_k90_nine_tab_", "lookup(",
                "---- bytecode", "INVOKEVIRTUAL jdk/incubator/vector/ShortVector.selectFrom",
                "---- result", "reference ", "plain Java says the same of all 64");
    }

    @Test
    void aModelOnAnyPacking(@TempDir Path folder) throws IOException {
        assertThat(run(out -> Ex03Model.run(out, folder)))
                .contains("  attn_output   256 x 256  quarters  bitlinear_add_n1_m256_k256_quarters_")
                .endsWith("\nthe same tokens\n");
    }

    /// Random models: a passage is found by its own words; what they answer may be nothing at all.
    @Test
    void questionsAboutDocuments(@TempDir Path folder) throws IOException {
        Path docs = Files.createDirectory(folder.resolve("docs"));
        Files.writeString(docs.resolve("birds.md"), "Terns fly from one pole to the other, and back.");
        Files.writeString(docs.resolve("bits.md"), "Five trits fit into a byte, since 243 is less than 256.\n\n" + "A kernel reads them. ".repeat(14));
        String out = run(to -> Ex05Questions.run(to, docs, "Terns fly from one pole to the other, and back.",
                Ex05Questions.random("tiny-embedding", folder), Ex05Questions.random("tiny", folder), folder));
        assertThat(out).startsWith("3 passages of docs\n").contains("\n1.000  birds.md: Terns fly from one pole to the other, and back.\n", "  bits.md: ");
    }

    @Test
    void aModelThatLearnedToAdd(@TempDir Path folder) throws IOException {
        assertThat(run(out -> Ex04Learn.run(out, folder))).startsWith("1696+2117=3183:3813\n").endsWith("\n200 of 200 right\n");
    }

    @Test
    void aModelThatLearnedWhatNumbersMean(@TempDir Path folder) throws IOException {
        assertThat(run(out -> Ex06Vectors.run(out, folder))).endsWith("\n200 of 200 lines found\n");
    }
}
