package tern.codegen.jvm.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tern.codegen.jvm.device.CpuDevice;

class CpuFingerprintTest {

    @Test
    void itIsOneLineThatStaysTheSame() {
        try (var device = new CpuDevice(1); var other = new CpuDevice(2)) {
            assertThat(device.fingerprint())
                    .isEqualTo(other.fingerprint())
                    .hasLineCount(1)
                    .startsWith("cpu ")
                    .contains("; vectors " + CpuProbe.vectorBits() + " bits; cores ", "; memory ", " MiB; os ", "MaxVectorSize=");
        }
    }

    @Test
    void narrowerVectorsAreAnotherMachine() {
        assertThat(CpuFingerprint.of(128)).isNotEqualTo(CpuFingerprint.of(256)).contains("; vectors 128 bits; ");
    }

    /// An option that makes the same processor look like an older one, in another JVM; and none, which changes nothing.
    @Test
    void anotherJvmOfThisMachineAgreesUnlessItsOptionsSayOtherwise() throws Exception {
        assertThat(fingerprintWith("-Dsome=property")).isEqualTo(CpuFingerprint.of(CpuProbe.vectorBits()));
        assumeTrue(System.getProperty("os.arch").equals("amd64") && CpuProbe.vectorBits() > 128, "no AVX here to be turned off");
        assertThat(fingerprintWith("-XX:MaxVectorSize=16"))
                .contains("; vectors 128 bits; ", "MaxVectorSize=16")
                .isNotEqualTo(CpuFingerprint.of(128));
        assertThat(fingerprintWith("-XX:UseAVX=1")).contains("; vectors 128 bits; ", "UseAVX=1");
    }

    private static String fingerprintWith(String flag) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                Stream.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", flag, "-cp",
                        System.getProperty("java.class.path"), CpuFingerprintTest.class.getName()))
                .toList())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(child.waitFor()).as("%s: %s", flag, said).isZero();
        return said;
    }

    public static void main(String[] arguments) {
        System.out.println(CpuFingerprint.of(CpuProbe.vectorBits()));
    }

    @Test
    void memoryIsRoundedSoThatStartsAgree() {
        long told = 24_730_032L << 10;
        for (long difference : List.of(-(100L << 20), -1L, 1L, 100L << 20))
            assertThat(CpuFingerprint.rounded(told + difference)).isEqualTo(24L << 30);
        assertThat(CpuFingerprint.rounded(503L << 30)).isEqualTo(512L << 30);
        assertThat(CpuFingerprint.rounded(7_900L << 20)).isEqualTo(7680L << 20);
        assertThat(CpuFingerprint.rounded(1)).isEqualTo(1);
    }

    @Test
    void theGenerationIsAShortName() {
        try (var device = new CpuDevice(1)) {
            assertThat(device.generation()).matches("[0-9a-f]{16}").isEqualTo(device.generation());
        }
    }
}
