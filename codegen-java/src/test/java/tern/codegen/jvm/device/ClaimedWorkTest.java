package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Buffer;
import tern.ir.device.Launch;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Who comes late finds its work done.
@Timeout(600)
class ClaimedWorkTest {

    private static final int LOOP = 90, REST = 3;

    /// `y[i] = x[i] + 1`, most of it by one loop on cores, the rest by a second, the range of which is a name.
    private static Program program() {
        Buf x = Buf.in("x", Element.I32, i32(LOOP + REST), Interval.of(0, 999)), y = Buf.out("y", Element.I32, i32(LOOP + REST));
        Var i = Var.value("i", Type.I32), j = Var.value("j", Type.I32), end = Var.value("end", Type.I32);
        return new Program("late", "late.tir", List.of(new Program.Scalar(Program.N, Interval.of(1, 1))), List.of(x, y), Loop.block(
                new Loop.Let(end, multiply(ref(Program.N), i32(REST))),
                Loop.loop(i, i32(0), i32(LOOP), 2, Binding.CORES, increment(x, y, ref(i), 2)),
                Loop.loop(j, i32(0), ref(end), 1, Binding.CORES, increment(x, y, add(ref(j), i32(LOOP)), 1))));
    }

    private static Loop increment(Buf x, Buf y, Expr at, int lanes) {
        return new Loop.Store(y, at, add(Expr.load(x, at, lanes), new Expr.Int(new Type(Element.I32, lanes), 1)), null);
    }

    @ParameterizedTest
    @EnumSource(names = {"MACHINE", "BYTECODE"})
    void oneWorkerDoesAllIfTheOtherIsLate(CodeChoice code) {
        assumeTrue(code == CodeChoice.BYTECODE || ExecutableMemory.obstacle() == null, ExecutableMemory.obstacle());
        try (var device = new CpuDevice(2, code)) {
            CpuKernel kernel = (CpuKernel) device.compile(program());
            Buffer x = device.allocate(4L * (LOOP + REST)), y = device.allocate(4L * (LOOP + REST));
            x.write(0, MemorySegment.ofArray(IntStream.range(0, LOOP + REST).toArray()));
            int[] whenDone = new int[LOOP + REST];
            var done = new CountDownLatch(1);
            long[] all = kernel.addresses(List.of(x, y));
            kernel.body().prepare(all, 1, 0);
            device.team().run((worker, workers, team, addresses, n, position) -> {
                if (worker == 1) await(done);
                kernel.body().run(worker, workers, team, addresses, n, position);
                if (worker == 0) y.read(0, MemorySegment.ofArray(whenDone));
                done.countDown();
            }, all, 1, 0);
            assertThat(whenDone).isEqualTo(IntStream.rangeClosed(1, LOOP + REST).toArray());
        }
    }

    /// With equal cores a loop takes no longer than in equal parts, but for a 16th of one; with a core that is a third as fast it ends when all the
    /// work there is has been done at all the speed there is, but for as much.
    @ParameterizedTest
    @CsvSource({"2, 6", "2, 16", "2, 90", "2, 432", "3, 160", "8, 864", "16, 7"})
    void idleCoresAreNeverKeptWaitingForMoreThanASmallRun(int workers, int units) {
        double smallest = Math.ceilDiv(units, 16 * workers);
        double[] equal = new double[workers], throttled = new double[workers];
        Arrays.fill(equal, 1);
        Arrays.fill(throttled, 1);
        throttled[1] = 3;
        assertThat(makespan(units, equal)).isLessThanOrEqualTo(Math.ceilDiv(units, workers) + smallest);
        double speed = Arrays.stream(throttled).map(cost -> 1 / cost).sum(), first = 3.0 * Math.max(smallest, units / (2 * workers));
        assertThat(makespan(units, throttled)).isLessThanOrEqualTo(Math.max(first, units / speed + 3 * smallest));
    }

    /// By a clock of our own, on one thread: who is free first claims next.
    ///
    /// @param costs of an iteration, by worker
    private static double makespan(int units, double... costs) {
        double[] busy = new double[costs.length];
        try (var team = new Team(costs.length)) {
            team.run((worker, workers, ours, addresses, n, position) -> {
                var open = new ArrayList<>(IntStream.range(0, workers).boxed().toList());
                while (worker == 0 && !open.isEmpty()) {
                    Integer next = open.stream().min(Comparator.comparingDouble(one -> busy[one])).orElseThrow();
                    long run = ours.claim(next, units);
                    if (run == Team.NONE) open.remove(next);
                    else busy[next] += ((int) run - (int) (run >>> 32)) * costs[next];
                }
            }, new long[0], 1, 0);
        }
        return Arrays.stream(busy).max().orElseThrow();
    }

    /// More threads than any machine that runs this test has processors: nobody spins, everybody is woken.
    @Test
    void manyMoreThreadsThanProcessorsGiveTheSame() {
        try (var device = new CpuDevice(4 * Runtime.getRuntime().availableProcessors() + 1)) {
            var kernel = device.compile(program());
            Buffer x = device.allocate(4L * (LOOP + REST)), y = device.allocate(4L * (LOOP + REST));
            int[] values = new int[LOOP + REST], expected = new int[LOOP + REST];
            Arrays.fill(expected, 1);
            for (int i = 0; i < 100; i++) {
                y.write(0, MemorySegment.ofArray(new int[LOOP + REST]));
                kernel.launch(List.of(x, y), 1, 0);
                y.read(0, MemorySegment.ofArray(values));
                assertThat(values).isEqualTo(expected);
            }
        }
    }

    /// `y[i] = 100 / x[i]` on cores.
    private static Program quotients() {
        Buf x = Buf.in("x", Element.I32, i32(LOOP), Interval.of(0, 999)), y = Buf.out("y", Element.I32, i32(LOOP));
        Var i = Var.value("i", Type.I32);
        Expr quotient = Expr.binary(Expr.Binary.Operation.DIVIDE, i32(100), Expr.load(x, ref(i), 1));
        return new Program("quotients", "late.tir", List.of(new Program.Scalar(Program.N, Interval.of(1, 1))), List.of(x, y),
                Loop.loop(i, i32(0), i32(LOOP), 1, Binding.CORES, new Loop.Store(y, ref(i), quotient, null)));
    }

    @ParameterizedTest
    @EnumSource(names = {"MACHINE", "BYTECODE"})
    void aKernelThatFailsEndsItsSequenceAndNoOther(CodeChoice code) {
        assumeTrue(code == CodeChoice.BYTECODE || ExecutableMemory.obstacle() == null, ExecutableMemory.obstacle());
        try (var device = new CpuDevice(3, code)) {
            Buffer x = device.allocate(4L * LOOP), y = device.allocate(4L * LOOP), z = device.allocate(4L * LOOP);
            var quotients = device.compile(quotients());
            var all = device.sequence(List.of(new Launch(quotients, x, y), new Launch(quotients, y, z)));
            int[] ones = new int[LOOP], values = new int[LOOP];
            Arrays.fill(ones, 1);
            for (int i = 0; i < 20; i++) {
                x.write(0, MemorySegment.ofArray(new int[LOOP]));
                assertThatThrownBy(() -> all.run(1, 0)).isInstanceOf(ArithmeticException.class).hasMessage("/ by zero");
                x.write(0, MemorySegment.ofArray(ones));
                all.run(1, 0);
                z.read(0, MemorySegment.ofArray(values));
                assertThat(values).isEqualTo(ones);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
