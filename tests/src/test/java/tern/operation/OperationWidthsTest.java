package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.Breadth;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.jvm.probe.CpuProbe;

/// The bits do not depend on the vectors of the machine: children with narrower ones print the same digest.
class OperationWidthsTest {

    /// @param share of the launches, one of so many; vectors that are not compiled are objects, and take long
    @ParameterizedTest
    @CsvSource({"-XX:UseAVX=2, 256, 16", "-XX:MaxVectorSize=16, 128, 16", "-XX:TieredStopAtLevel=1, 0, 48"})
    void sameBitsWith(String flag, int bits, int share) throws Exception {
        assumeTrue(CpuProbe.vectorBits() > bits, "this machine's own vectors have %d bits: ran already".formatted(CpuProbe.vectorBits()));
        int of = Breadth.ALL ? 1 : share;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UseSerialGC", flag,
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), OperationWidthsTest.class.getName(), String.valueOf(of)));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isZero();
        assertThat(output.lines().toList()).as(flag).contains(digest(of));
    }

    public static void main(String[] arguments) throws NoSuchAlgorithmException {
        System.out.println(digest(Integer.parseInt(arguments[0])));
    }

    private static String digest(int share) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (var cpu = OpRun.Cpu.of(2, CodeChoice.BYTECODE)) {
            OpRuns.each(share).forEach(run -> run.cpu(cpu).forEach(digest::update));
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
