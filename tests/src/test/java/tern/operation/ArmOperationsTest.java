package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.arm.QemuDevice;
import tern.ir.Op;
import tern.ir.device.Kernel;
import tern.ir.target.Isa;

/// Operations as machine code for AArch64, under qemu, give the reference's bits. A build takes every twentieth launch, a campaign all.
class ArmOperationsTest {

    private static final int APART = Integer.getInteger("tern.campaign", 0) >= 1000 ? 1 : 20;

    private static final List<QemuDevice> DEVICES = new ArrayList<>();
    private static final List<Map<Op, Kernel>> KERNELS = List.of(new HashMap<>(), new HashMap<>());

    @BeforeAll
    static void open() {
        QemuDevice.require();
        DEVICES.add(new QemuDevice(Isa.NEON, "cortex-a57", 3));
        DEVICES.add(new QemuDevice(Isa.NEON_I8MM, "max", 1));
    }

    @AfterAll
    static void close() {
        DEVICES.forEach(QemuDevice::close);
    }

    static Stream<OpRun> runs() {
        return OpRuns.each(APART);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void givesTheBitsOfTheReference(OpRun run) {
        List<byte[]> expected = run.reference();
        for (int d = 0; d < DEVICES.size(); d++) {
            QemuDevice device = DEVICES.get(d);
            List<byte[]> actual = run.on(device, KERNELS.get(d).computeIfAbsent(run.op(), device::compile));
            for (int i = 0; i < expected.size(); i++)
                assertThat(Arrays.mismatch(expected.get(i), actual.get(i))).as("argument %d differs from the reference at this byte", i).isEqualTo(-1);
        }
    }
}
