package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.device.Buffer;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;

class GemvTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void agreesWithTheReference(int threads) {
        try (Differential differential = new Differential(threads)) {
            for (int tiles : new int[] {1, 27, 28, 29, 57})
                assertThat(differential.check(new Gemv(8, tiles, 2).program(), 1, 0, new Random(tiles))).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void compilesToVectorInstructions(int threads) {
        Program program = new Gemv(16, 60, 4).program();
        try (CpuDevice device = new CpuDevice(threads)) {
            VectorCheck.Verdict verdict = VectorCheck.of(device.compile(program), arguments(device, program), 1, 0);
            assertThat(verdict.vectorised()).as("%s", verdict).isTrue();
        }
    }

    @Test
    void aSequenceCreatesNoGarbage() {
        Program program = new Gemv(16, 60, 4).program();
        try (CpuDevice device = new CpuDevice(2)) {
            var kernel = device.compile(program);
            List<Buffer> arguments = arguments(device, program);
            VectorCheck.of(kernel, arguments, 1, 0);
            Sequence sequence = device.sequence(Stream.generate(() -> new Launch(kernel, arguments)).limit(5).toList());
            var beans = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
            long perRun = Long.MAX_VALUE;
            for (int round = 0; round < 50 && perRun > 0; round++) {
                long before = beans.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1000; i++) sequence.run(1, 0);
                perRun = (beans.getCurrentThreadAllocatedBytes() - before) / 1000;
            }
            assertThat(perRun).isZero();
        }
    }

    private static List<Buffer> arguments(CpuDevice device, Program program) {
        return program.parameters().stream()
                .map(buffer -> device.allocate(
                        Extent.of("", buffer.extent()).at(1, 0) * buffer.element().bytes()))
                .toList();
    }
}
