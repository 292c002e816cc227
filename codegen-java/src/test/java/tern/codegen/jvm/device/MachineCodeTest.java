package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.device.Device;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;

/// Machine code against the interpreter, byte for byte.
class MachineCodeTest {

    @BeforeEach
    void needsMachineCode() {
        String obstacle = ExecutableMemory.obstacle();
        Assumptions.assumeTrue(obstacle == null, obstacle);
    }

    @Test
    void agreesWithTheReferenceOnRandomPrograms() {
        check(Long.getLong("seed", 1), Integer.getInteger("programs", 400));
    }

    @Test
    void agreesWithTheReferenceOnALoopOverWeights() {
        try (Device reference = new ReferenceDevice(); Device one = device(1); Device three = device(3)) {
            for (int blocksAtOnce : new int[] {1, 4, 8}) {
                Program program = new Gemv(8, 57, blocksAtOnce).program();
                compare(reference, program, new Random(1), one, three);
            }
        }
    }

    private static CpuDevice device(int threads) {
        return new CpuDevice(threads, CodeChoice.MACHINE);
    }

    private static void check(long seed, int count) {
        try (Device reference = new ReferenceDevice(); Device one = device(1); Device three = device(3)) {
            int first = Integer.getInteger("first", 0);
            for (int i = first; i < first + count; i++) {
                Random random = new Random(seed * 1_000_003 + i);
                compare(reference, new RandomPrograms(random).program(i), random, i % 4 == 0 ? three : one);
            }
        }
    }

    private static void compare(Device reference, Program program, Random random, Device... devices) {
        List<byte[]> inputs = Differential.inputs(program, 1, 0, random);
        List<byte[]> expected = Differential.run(reference, program, inputs, 1, 0, 1);
        for (Device device : devices) {
            List<byte[]> actual = Differential.run(device, program, inputs, 1, 0, 1);
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++)
                Differential.compare(program, "machine code", program.parameters().get(i), expected.get(i), actual.get(i));
        }
    }
}
