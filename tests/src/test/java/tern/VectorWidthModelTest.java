package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.probe.CpuProbe;

/// A JVM that is confined to narrower vectors computes the same logits, to the last bit.
class VectorWidthModelTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource({"-XX:UseAVX=2, 256", "-XX:MaxVectorSize=16, 128"})
    void narrowVectorsGiveTheSameBits(String flag, int bits) throws IOException, InterruptedException, NoSuchAlgorithmException {
        assumeTrue(!isX86() || CpuProbe.vectorBits() > bits, "this machine's own vectors have %d bits: ran already".formatted(CpuProbe.vectorBits()));
        String here = ModelDigest.line();
        List<String> flags = flag.contains("AVX") && !isX86() ? List.of() : List.of(flag);
        String there = ChildJvm.run(ModelDigest.class, flags)
                .lines()
                .filter(line -> line.startsWith("vectors of "))
                .findFirst()
                .orElseThrow();
        if (isX86()) assertThat(there).startsWith("vectors of " + bits + " bits: ");
        assertThat(digest(there)).as("%s against %s", there, here).isEqualTo(digest(here));
    }

    private static boolean isX86() {
        return System.getProperty("os.arch").equals("amd64");
    }

    private static String digest(String line) {
        return line.substring(line.indexOf(": ") + 2);
    }
}
