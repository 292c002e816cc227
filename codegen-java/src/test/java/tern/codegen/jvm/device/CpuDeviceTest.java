package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tern.codegen.jvm.team.Memory;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.target.Target;

class CpuDeviceTest {

    private final CpuDevice device = new CpuDevice(3);

    @AfterEach
    void close() {
        device.close();
    }

    /// `y[i] = x[i] + 1` for n vectors of 4.
    private static Program increment() {
        Var n = Var.value("n", Type.I32), i = Var.value("i", Type.I32);
        Expr extent = multiply(ref(n), i32(4)), at = multiply(ref(i), i32(4));
        Buf x = Buf.in("x", Element.I32, extent, Interval.of(0, 999)), y = Buf.out("y", Element.I32, extent);
        Expr value = add(Expr.load(x, at, 4), new Expr.Int(new Type(Element.I32, 4), 1));
        Loop body = Loop.loop(i, i32(0), ref(n), 1, Binding.CORES, new Loop.Store(y, at, value, null));
        return new Program("increment", "device.tir", List.of(new Program.Scalar(n, Interval.of(1, 100))), List.of(x, y), body);
    }

    private Buffer ints(int... values) {
        Buffer buffer = device.allocate(4L * values.length);
        buffer.write(0, MemorySegment.ofArray(values));
        return buffer;
    }

    private static int[] read(Buffer buffer) {
        int[] values = new int[(int) buffer.bytes() / 4];
        buffer.read(0, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(Device.Provider.class).stream().map(p -> p.get().name())).contains("cpu");
    }

    @Test
    void describesItself() {
        Target.Cpu target = device.target();
        assertThat(target.cores()).isEqualTo(3);
        assertThat(target.vectorBits()).isIn(128, 256, 512);
        assertThat(target.l1()).isBetween(8 << 10, 1 << 20);
        assertThat(target.memoryBytesPerSecond()).isGreaterThan(1e9);
        assertThat(target.source()).contains("bandwidth");
    }

    @Test
    void runsLaunchesInOrder() {
        Kernel kernel = device.compile(increment());
        Buffer a = ints(1, 2, 3, 4, 5, 6, 7, 8), b = ints(new int[8]), c = ints(new int[8]);
        device.sequence(List.of(new Launch(kernel, a, b), new Launch(kernel, b, c), new Launch(kernel, c, a))).run(2, 0);
        assertThat(read(a)).containsExactly(4, 5, 6, 7, 8, 9, 10, 11);
        kernel.launch(List.of(a, b), 1, 0);
        assertThat(read(b)).containsExactly(5, 6, 7, 8, 6, 7, 8, 9);
    }

    @Test
    void allocatesZeroedAlignedMemory() {
        for (long bytes : new long[] {0, 1, 63, 64, 5 << 20}) {
            CpuBuffer buffer = (CpuBuffer) device.allocate(bytes);
            assertThat(buffer.bytes()).isEqualTo(bytes);
            assertThat(buffer.address() % 64).isZero();
            assertThat(Memory.ALL.get(ValueLayout.JAVA_BYTE, buffer.address() + bytes + 63)).isZero();
        }
    }

    /// `hg` among the flags of a mapping: huge pages were asked for. Weights lie in them; a cache, of which a few positions are used, does not.
    @Test
    void asksForHugePagesForWhatIsReadOftenAlone() throws IOException {
        Path mappings = Path.of("/proc/self/smaps");
        assumeTrue(Files.isReadable(mappings), "the system does not list its mappings");
        assumeTrue(Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")), "the system has no huge pages to give");
        try (Arena arena = Arena.ofConfined()) {
            long weights = device.hostMemory(8 << 20, arena).address(), cache = ((CpuBuffer) device.allocate(8 << 20)).address();
            List<String> lines = Files.readAllLines(mappings);
            assertThat(flags(lines, weights)).contains("hg");
            assertThat(flags(lines, cache)).isNotEmpty().doesNotContain("hg");
        }
    }

    private static List<String> flags(List<String> lines, long address) {
        boolean inside = false;
        for (String line : lines) {
            var range = Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) ").matcher(line);
            if (range.find())
                inside = Long.compareUnsigned(Long.parseUnsignedLong(range.group(1), 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(range.group(2), 16)) < 0;
            else if (inside && line.startsWith("VmFlags:")) return List.of(line.substring("VmFlags:".length()).strip().split(" "));
        }
        return List.of();
    }

    @Test
    void sharesNativeMemoryAndCopiesTheHeap() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(128, 64);
            CpuBuffer shared = (CpuBuffer) device.share(host);
            assertThat(shared.address()).isEqualTo(host.address());
            assertThatThrownBy(() -> shared.write(0, MemorySegment.ofArray(new byte[1])))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(read(device.share(MemorySegment.ofArray(new int[] {3, 4})))).containsExactly(3, 4);
    }

    @Test
    void refusesLaunchesThatDoNotFit() {
        Kernel kernel = device.compile(increment());
        Buffer one = ints(1, 2, 3, 4);
        assertThatThrownBy(() -> kernel.launch(List.of(one), 1, 0)).hasMessage("increment takes 2 buffers, not 1");
        assertThatThrownBy(() -> kernel.launch(List.of(one, one), 2, 0))
                .hasMessage("increment: buffer x needs 32 bytes and has 16");
        assertThatThrownBy(() -> kernel.launch(List.of(one, one), 101, 0)).hasMessage("increment allows n in 1..100, not 101");
        assertThatThrownBy(() -> device.sequence(List.of(new Launch(kernel, one, one))).run(2, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /// A proof holds for the declared n and position, so each run is compared with them, whatever ran before.
    @Test
    void everyRunOfASequenceIsChecked() {
        Var n = Var.value("n", Type.I32), position = Var.value("position", Type.I32);
        Buf y = Buf.out("y", Element.I32, i32(8));
        Loop body = new Loop.Store(y, add(ref(n), ref(position)), ref(position), null);
        var kernel = device.compile(new Program("placed", "device.tir",
                List.of(new Program.Scalar(n, Interval.of(2, 4)), new Program.Scalar(position, Interval.of(0, 3))), List.of(y), body));
        var sequence = device.sequence(List.of(new Launch(kernel, ints(new int[8]))));
        sequence.run(4, 3);
        sequence.run(2, 0);
        assertThatThrownBy(() -> sequence.run(1, 0)).hasMessage("placed allows n in 2..4, not 1");
        assertThatThrownBy(() -> sequence.run(2, 5)).hasMessage("placed allows position in 0..3, not 5");
    }

    @Test
    void refusesWhatCannotBeProved() {
        Var n = Var.value("n", Type.I32);
        Buf y = Buf.out("y", Element.I32, i32(4));
        Loop body = new Loop.At(3, new Loop.Store(y, ref(n), ref(n), null));
        var program = new Program("outside", "device.tir", List.of(new Program.Scalar(n, Interval.of(1, 4))), List.of(y), body);
        assertThatThrownBy(() -> device.compile(program)).isInstanceOf(CompileException.class)
                .hasMessage("outside: unproved: line 3: y[n] = n: may write elements 1..4 of y, which has 4");
    }
}
