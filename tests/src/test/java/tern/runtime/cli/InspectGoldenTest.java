package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `tern inspect` of files that another program wrote.
class InspectGoldenTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "i2_s  | I2_S       21  2,359,296  590,496         2.0023",
        "tq1_0 | TQ1_0       21  2,359,296  497,664         1.6875",
        "tq2_0 | TQ2_0       21  2,359,296  608,256         2.0625"
    })
    void showsWhatIsInTheFile(String type, String total) {
        Path file = Path.of(System.getProperty("basedir", "."), "src/test/resources/golden/tiny256." + type + ".gguf");
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), "inspect", file.toString());
        assertThat(err.toString()).isEmpty();
        assertThat(status).isZero();
        assertThat(out.toString())
                .contains("architecture  bitnet-b1.58\n", "  hidden           256\n", "  ternary_weights  2359296\n")
                .contains("begin 510, end 511, stops [511]")
                .contains("\n" + total + "\n")
                .containsPattern("token_embd.weight +512 x 256 +F16 +262,144 +16.0000\n");
    }
}
