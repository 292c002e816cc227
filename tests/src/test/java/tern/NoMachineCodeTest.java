package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.jvm.probe.CpuProbe;
import tern.codegen.machine.ExecutableMemory;
import tern.runtime.cli.Main;

/// A system for which there is no machine code: kernels are bytecode, and one line says why.
class NoMachineCodeTest {

    private static final List<String> ELSEWHERE = List.of("-Dos.name=Elsewhere");
    private static final String WHY = "machine code is for Linux on x86-64 and AArch64, so far";

    @TempDir
    Path folder;

    @Test
    void oneLineSaysWhyKernelsAreBytecode() throws IOException, InterruptedException {
        assumeTrue(CpuProbe.vectorBits() <= 256, "kernels are bytecode here in any case");
        Path text = Files.writeString(folder.resolve("own.tir"), """
                codec two = map(-1, 0, 1, _) in 2 bits
                packing own { tile rows 1, k 4; codec two; code at k*2; }
                """);
        String[] plan = {"dump", text.toString(), "--stage", "schedules", "--kernel", "bitlinear", "--m", "8", "--k", "128"};
        assertThat(ChildJvm.run(Main.class, ELSEWHERE, plan))
                .containsOnlyOnce("tern: kernels for the CPU are bytecode: " + WHY + "\n").contains("tabulate");
        assertThat(ChildJvm.run(Main.class, List.of(), plan)).doesNotContain(WHY).contains("tabulate");
    }

    /// What the JVM's vectors are restricted to, kernels are too, unless machine code is asked for.
    @Test
    void aRestrictedJvmIsObeyed() throws IOException, InterruptedException {
        assumeTrue(ExecutableMemory.obstacle() == null, ExecutableMemory.obstacle());
        String line = "tern: kernels for the CPU are bytecode: this JVM uses vectors of 128 bits only (-XX:UseAVX, -XX:MaxVectorSize)";
        for (String restriction : Breadth.ALL ? List.of("-XX:UseAVX=1", "-XX:MaxVectorSize=16") : List.of("-XX:MaxVectorSize=16"))
            assertThat(ChildJvm.run(Main.class, List.of(restriction, ChildJvm.ONE_COMPILER), "verify", "--random", "1", "--isa", "avx2")).containsOnlyOnce(line)
                    .contains("exact on reference and cpu");
        assertThat(ChildJvm.run(Main.class, List.of("-XX:UseAVX=1", ChildJvm.ONE_COMPILER), "verify", "--random", "1", "--code", "machine"))
                .doesNotContain(line).contains("exact on reference and cpu");
    }

    @Test
    void machineCodeThatIsAskedForFails() {
        assertThatThrownBy(() -> ChildJvm.run(Main.class, ELSEWHERE, "bench", "--preset", "tiny", "--code", "machine"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("tern bench: " + WHY + "\n")
                .hasMessageNotContaining("\tat ");
    }
}
