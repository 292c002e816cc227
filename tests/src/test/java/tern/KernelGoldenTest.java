package tern;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.device.CpuDevice;
import tern.codegen.jvm.export.JavaExporter;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// What three kernels look like on their way to a 512-bit machine: the loop programs, and the bytecode of the multiplication; of one
/// the Java source that is exported. The files are there to be read.
class KernelGoldenTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "tri5r32_tabulate_gemv, bitlinear, tri5r32, TABULATE, 32, 1, 1, 28, 64, 36, 1",
        "i2_s_decode_gemv,      bitlinear, i2_s,    DECODE,   32, 1, 1, 2,  4, 256, 1",
        "tri5r32_gate_up_gemm,  gate_up,   tri5r32, TABULATE, 32, 1, 2, 28, 64, 18, 5",
    })
    void isAsItWas(
            String name, String kernel, String packing, Strategy strategy, int lanes, int rowTiles, int tokens, int kTiles, int m, int k, int n) {
        var schedule = new Schedule.Vector(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, n > 1 ? 2 : 1, false);
        Tir library = Tir.library();
        Lowering lowering = Lowering.of(new Problem(library.kernel(kernel), m, k, n), library.packing(packing), schedule);
        Golden.assertMatches("kernels/" + name + ".loop", lowering.prepare() + "\n" + lowering.multiply());
        try (var machine = new CpuDevice(1, 512)) {
            Golden.assertMatches("kernels/" + name + ".bytecode", machine.compile(lowering.multiply()).listing());
        }
        // One source is enough to be read.
        if (name.equals("tri5r32_tabulate_gemv")) {
            var whole = new LoweredKernel(library.kernel(kernel), m, k, n, library.packing(packing), schedule,
                    lowering.prepare(), lowering.multiply(), lowering.preparedBytes());
            var files = new JavaExporter().export(whole, new Exporter.Settings(Targets.AVX512, "kernels", false)).files();
            Golden.assertMatches("kernels/" + name + ".java", new String(files.getFirst().bytes(), StandardCharsets.UTF_8));
        }
    }
}
