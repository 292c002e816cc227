package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.probe.CpuProbe;

/// The suites that touch emission once more where vectors are narrower, one JVM for each width, with fewer cases. They have
/// no second compiler: most kernels here run a few times. What it makes of narrow vectors, `OtherMachinesTest` in the module of the emitter and
/// `OperationWidthsTest` compare.
class OtherWidthsTest {

    private static final List<String> SUITES = Stream.concat(
            Stream.of(LibraryPackingKernelsTest.class, RandomPackingKernelsTest.class, OddPackingsTest.class)
                    .map(Class::getName),
            Stream.of("tern.codegen.jvm.export.ExportedKernelsTest", "tern.runtime.cli.ExploreCommandTest#aRealProcessMeasuresAPacking",
                    "tern.runtime.cli.TuneCommandTest#aPackingDroppedIntoAFolderTakesPart"))
            .toList();

    @ParameterizedTest(name = "{0}")
    @CsvSource({"-XX:UseAVX=2, 256", "-XX:MaxVectorSize=16, 128"})
    void areGreen(String flag, int bits) throws IOException, InterruptedException {
        assumeTrue(CpuProbe.vectorBits() > bits, "this machine's own vectors have %d bits: ran already".formatted(CpuProbe.vectorBits()));
        String said = ChildJvm.run(EmissionSuites.class, List.of(flag, "-Dtern.lean=true", "-Dtern.campaign=8"), SUITES.toArray(String[]::new));
        assertThat(said).contains("vectors of " + bits + " bits: ");
    }
}
