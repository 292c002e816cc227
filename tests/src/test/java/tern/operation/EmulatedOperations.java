package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.guest.GuestDevice;
import tern.ir.Op;
import tern.ir.device.Kernel;

/// Operations as machine code for processors that are emulated give the reference's bits. A build takes every twentieth launch, a campaign all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EmulatedOperations {

    private static final int APART = Integer.getInteger("tern.campaign", 0) >= 1000 ? 1 : 20;

    private final List<GuestDevice> devices = new ArrayList<>();
    private final List<Map<Op, Kernel>> kernels = new ArrayList<>();

    /// Skips the test where there is no emulator.
    abstract List<GuestDevice> open();

    @BeforeAll
    void openAll() {
        devices.addAll(open());
        devices.forEach(_ -> kernels.add(new HashMap<>()));
    }

    @AfterAll
    void close() {
        devices.forEach(GuestDevice::close);
    }

    /// That a build takes.
    abstract int most();

    Stream<OpRun> runs() {
        List<OpRun> all = OpRuns.each(APART).toList();
        int step = APART == 1 ? 1 : Math.ceilDiv(all.size(), Math.min(all.size(), most()));
        return IntStream.range(0, all.size()).filter(i -> i % step == 0).mapToObj(all::get);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void givesTheBitsOfTheReference(OpRun run) {
        List<byte[]> expected = run.reference();
        for (int d = 0; d < devices.size(); d++) {
            GuestDevice device = devices.get(d);
            List<byte[]> actual = run.on(device, kernels.get(d).computeIfAbsent(run.op(), device::compile));
            for (int i = 0; i < expected.size(); i++)
                assertThat(Arrays.mismatch(expected.get(i), actual.get(i))).as("argument %d differs from the reference at this byte", i).isEqualTo(-1);
        }
    }
}
