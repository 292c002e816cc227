package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.probe.CpuProbe;

/// The suites that touch emission once more where vectors are narrower, one JVM for each width, with fewer cases. Those that
/// measure nothing have no second compiler: most kernels here run a few times. What it makes of narrow vectors, `OtherMachinesTest` in the module of the emitter and
/// `OperationWidthsTest` compare.
class OtherWidthsTest {

    private static final List<String> SUITES = Stream.concat(
            Stream.of(LibraryPackingKernelsTest.class, RandomPackingKernelsTest.class, OddPackingsTest.class).map(Class::getName),
            Stream.of("tern.codegen.jvm.export.ExportedKernelsTest"))
            .toList();

    private static final List<String> MEASURING = List.of("tern.runtime.cli.ExploreCommandTest#aRealProcessMeasuresAPacking",
            "tern.runtime.cli.TuneCommandTest#aPackingDroppedIntoAFolderTakesPart");

    @ParameterizedTest(name = "{0}")
    @CsvSource({"-XX:UseAVX=2, 256", "-XX:MaxVectorSize=16, 128"})
    void areGreen(String flag, int bits) throws IOException, InterruptedException {
        assumeTrue(CpuProbe.vectorBits() > bits, "this machine's own vectors have %d bits: ran already".formatted(CpuProbe.vectorBits()));
        String lean = "-Dtern.lean=true", few = "-Dtern.campaign=8", ran = "vectors of " + bits + " bits: ";
        assertThat(ChildJvm.run(EmissionSuites.class, List.of(flag, ChildJvm.ONE_COMPILER, lean, few), SUITES.toArray(String[]::new))).contains(ran);
        assertThat(ChildJvm.run(EmissionSuites.class, List.of(flag, lean, few), MEASURING.toArray(String[]::new))).contains(ran);
    }
}
