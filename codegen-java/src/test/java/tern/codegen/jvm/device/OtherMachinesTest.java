package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.probe.CpuProbe;
import tern.ir.loop.Program;

/// The same programs in JVMs that see a smaller machine, compiled by C2 from the first launches on.
class OtherMachinesTest {

    private static final String KERNELS = "-XX:CompileCommand=%s,tern.codegen.jvm.Kernel_*::*,%s";

    @ParameterizedTest
    @CsvSource({"-Dmachine=own, 0", "-XX:UseAVX=2, 256", "-XX:MaxVectorSize=16, 128"})
    void agreesWithTheReference(String flag, int bits) throws IOException, InterruptedException {
        assumeTrue(CpuProbe.vectorBits() > bits, "this machine's own vectors have %d bits: ran already".formatted(CpuProbe.vectorBits()));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-XX:+IgnoreUnrecognizedVMOptions", "-XX:CompileCommand=quiet", KERNELS.formatted("CompileThresholdScaling", 0.002),
                KERNELS.formatted("BackgroundCompilation", false), flag));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), OtherMachinesTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s", output).isZero();
        assertThat(output).contains("all agree");
    }

    public static void main(String[] arguments) {
        try (Differential differential = new Differential(1, CpuProbe.vectorBits())) {
            differential.repeat(80);
            for (int i = 0; i < Integer.getInteger("programs", 3); i++) {
                Random random = new Random(i + Integer.getInteger("seed", 0) * 1_000_003L);
                Program program = new RandomPrograms(random).program(i);
                differential.check(program, 1, 0, random);
            }
            differential.check(new Gemv(8, 57, 4).program(), 1, 0, new Random(1));
        }
        System.out.println(CpuProbe.vectorBits() + " bits: all agree");
    }
}
