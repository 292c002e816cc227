package tern.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.StepLoop;
import tern.codegen.machine.code.Feature;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.target.Isa;

/// The loop over steps of AArch64, under qemu: two workers take turns, and each leaves where it would wait for the other. That of x86-64 runs in every
/// other test of kernels.
class StepLoopTest {

    private static final int WORKERS = 2, ROWS = 96;

    private final Guest guest = guest();

    private static Guest guest() {
        Assumptions.assumeTrue(QemuGuest.qemu().isPresent(), "qemu-aarch64 is not here");
        return new QemuGuest("cortex-a57");
    }

    /// `y[i] = x[i] + 1`, then `z[i] = 100 / y[ROWS - 1 - i]`, each by a loop on cores.
    private static MachineCode code() {
        Buf x = Buf.in("x", Element.I32, i32(ROWS), Interval.of(-1, 99)), z = Buf.out("z", Element.I32, i32(ROWS)),
                y = Buf.scratch("y", Element.I32, Buf.Scope.TEAM, ROWS, Interval.of(0, 100));
        Var i = Var.value("i", Type.I32), j = Var.value("j", Type.I32);
        Expr mirrored = Expr.subtract(i32(ROWS - 1), ref(j));
        var program = new Program("steps", "steps.tir", List.of(new Program.Scalar(Program.N, Interval.of(1, 1))), List.of(x, z, y), Loop.block(
                Loop.loop(i, i32(0), i32(ROWS), 1, Binding.CORES, new Loop.Store(y, ref(i), add(Expr.load(x, ref(i), 1), i32(1)), null)),
                new Loop.Barrier(Binding.CORES),
                Loop.loop(j, i32(0), i32(ROWS), 1, Binding.CORES,
                        new Loop.Store(z, ref(j), Expr.binary(Expr.Binary.Operation.DIVIDE, i32(100), Expr.load(y, mirrored, 1)), null))));
        return MachineEmitter.emit(Proved.of(program), Feature.of(Isa.NEON));
    }

    /// Memory of the guest with numbers in it.
    private long longs(long... numbers) {
        long address = guest.allocate((long) numbers.length * Long.BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long number : numbers) bytes.putLong(number);
        guest.write(address, bytes.array());
        return address;
    }

    private long ints(int... numbers) {
        long address = guest.allocate((long) numbers.length * Integer.BYTES + Buf.SLACK);
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int number : numbers) bytes.putInt(number);
        guest.write(address, bytes.array());
        return address;
    }

    private long number(long address) {
        return ByteBuffer.wrap(guest.read(address, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /// Runs both steps on `x`, and tells for what reasons the workers left: 0, 1, 0, 1...
    private List<Long> run(int[] x, int[] z, int sleeping) {
        MachineCode code = code();
        long entry = guest.allocate(code.bytes().length), loop = guest.allocate(4096);
        guest.write(entry, code.bytes());
        guest.write(loop, StepLoop.code(Feature.of(Isa.NEON)));
        long result = ints(z), times = longs(new long[3]), buffers = longs(ints(x), result, ints(new int[ROWS]));
        long[] shared = new long[StepLoop.TRIPS + 4];
        shared[StepLoop.N] = 1;
        shared[StepLoop.WORKERS] = WORKERS;
        shared[StepLoop.SHARE] = (1L << 32) / (2 * WORKERS);
        shared[StepLoop.SLEEPING] = sleeping;
        for (int step = 0; step < 2; step++) {
            shared[StepLoop.TRIPS + 2 * step] = ROWS;
            shared[StepLoop.TRIPS + 2 * step + 1] = 3;
        }
        long sharedAt = longs(shared);
        long[] blocks = new long[WORKERS];
        for (int worker = 0; worker < WORKERS; worker++) {
            long frame = guest.allocate(code.frame());
            long steps = longs(entry + code.phases().get(0).entry(), frame, buffers, 3, entry + code.phases().get(1).entry(), frame, buffers, 3);
            long[] block = new long[StepLoop.BLOCK];
            block[StepLoop.SHARED] = sharedAt;
            block[StepLoop.STEP] = steps;
            block[StepLoop.COUNT] = 2;
            block[StepLoop.WORKER] = worker;
            block[StepLoop.TIMES] = worker == 0 ? times : 0;
            blocks[worker] = longs(block);
        }
        List<Long> reasons = new ArrayList<>();
        boolean[] done = new boolean[WORKERS];
        for (int turn = 0; !(done[0] && done[1]); turn++) {
            int worker = turn % WORKERS;
            if (done[worker]) continue;
            guest.call(loop, blocks[worker]);
            long reason = number(blocks[worker] + StepLoop.STATUS * Long.BYTES);
            reasons.add(reason);
            done[worker] = reason == StepLoop.DONE || reason == StepLoop.FAILED;
        }
        ByteBuffer read = ByteBuffer.wrap(guest.read(result, ROWS * Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ROWS; i++) z[i] = read.getInt();
        if (reasons.getLast() == StepLoop.DONE) assertThat(number(times + 2 * Long.BYTES)).isGreaterThanOrEqualTo(number(times)).isPositive();
        return reasons;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void everyStepIsDoneOnceAndBeforeTheNext(int sleeping) {
        int[] x = IntStream.range(0, ROWS).toArray(), z = new int[ROWS];
        List<Long> reasons = run(x, z, sleeping);
        assertThat(z).isEqualTo(IntStream.range(0, ROWS).map(i -> 100 / (x[ROWS - 1 - i] + 1)).toArray());
        // The second worker arrives last, and finds a sleeper or none.
        assertThat(reasons).isEqualTo(sleeping > 0
                ? List.of(StepLoop.WAITING, StepLoop.WAKING, StepLoop.DONE, StepLoop.DONE)
                : List.of(StepLoop.WAITING, StepLoop.DONE, StepLoop.DONE));
    }

    @Test
    void aStepThatFailsEndsAll() {
        int[] x = new int[ROWS];
        Arrays.fill(x, -1);
        assertThat(run(x, new int[ROWS], 0)).isEqualTo(List.of(StepLoop.WAITING, StepLoop.FAILED, StepLoop.FAILED));
    }
}
