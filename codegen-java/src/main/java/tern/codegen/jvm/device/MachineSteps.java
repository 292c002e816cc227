package tern.codegen.jvm.device;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import tern.codegen.jvm.device.MachineBody.Phase;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.StepLoop;

/// Kernels of machine code one after the other, which each worker runs in one call of a [StepLoop]; their phases are its steps.
final class MachineSteps implements Spmd {

    /// About 100 us: steps follow each other within microseconds, and a thread that sleeps takes some 50 us to wake.
    private static final long LOOKS = 4096;

    /// Smallest runs of iterations that make up an equal share.
    private static final int RUNS = 16;

    /// Longs of a cache line and the one that is fetched with it.
    private static final int LINE = 16;

    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private final int workers;
    private final List<MachineBody> kernels;
    /// Of all kernels; the first of each, and their number.
    private final Phase[] steps;
    private final int[] first;
    private final MemorySegment memory;
    /// What is in memory before a run, from its beginning: it is written in one go, since each access costs the interpreter dear.
    private final long[] fresh;
    private final int blocks, times;
    /// Where the lists of addresses of each kernel's buffers lie.
    private final int[] buffers;
    /// [StepLoop#TIMES] of the last run.
    private final long[] noted;
    /// The addresses of a worker's buffers, on their way to memory.
    private final long[] list;
    private int n = -1, position = -1;

    /// @param team that will enter
    MachineSteps(List<MachineBody> kernels, Team team) {
        this.kernels = List.copyOf(kernels);
        workers = team.workers();
        first = new int[kernels.size() + 1];
        buffers = new int[kernels.size()];
        List<Phase> all = new ArrayList<>();
        int lists = 0;
        for (int k = 0; k < kernels.size(); k++) {
            first[k] = all.size();
            all.addAll(kernels.get(k).phases());
            buffers[k] = lists;
            lists += workers * kernels.get(k).buffers();
        }
        first[kernels.size()] = all.size();
        steps = all.toArray(Phase[]::new);
        list = new long[kernels.stream().mapToInt(MachineBody::buffers).max().orElse(0)];
        noted = new long[steps.length + 1];
        blocks = aligned(StepLoop.TRIPS + 2 * steps.length);
        times = blocks + workers * StepLoop.BLOCK;
        int records = aligned(times + noted.length), ends = records + workers * steps.length * StepLoop.STEP_LONGS;
        memory = Arena.ofAuto().allocate(JAVA_LONG.byteSize() * (ends + lists), LINE * JAVA_LONG.byteSize());
        for (int k = 0; k < kernels.size(); k++) buffers[k] += ends;
        fresh = new long[times];
        fresh[StepLoop.WORKERS] = workers;
        fresh[StepLoop.SHARE] = (1L << 32) / (workers == 1 ? 1 : 2 * workers);
        for (int worker = 0; worker < workers; worker++) describe(worker, records + worker * steps.length * StepLoop.STEP_LONGS, team.isSpinning());
    }

    private static int aligned(int longs) {
        return (longs + LINE - 1) / LINE * LINE;
    }

    private void describe(int worker, int records, boolean isSpinning) {
        int block = blocks + worker * StepLoop.BLOCK;
        fresh[block + StepLoop.SHARED] = memory.address();
        fresh[block + StepLoop.STEP] = address(records);
        fresh[block + StepLoop.COUNT] = steps.length;
        fresh[block + StepLoop.WORKER] = worker;
        fresh[block + StepLoop.LOOKS] = isSpinning ? LOOKS : 0;
        fresh[block + StepLoop.TIMES] = worker == 0 ? address(times) : 0;
        for (int k = 0; k < kernels.size(); k++)
            for (int i = first[k]; i < first[k + 1]; i++) {
                int record = records + i * StepLoop.STEP_LONGS;
                memory.setAtIndex(JAVA_LONG, record + StepLoop.ENTRY, steps[i].entry());
                memory.setAtIndex(JAVA_LONG, record + StepLoop.FRAME, kernels.get(k).frame(worker));
                memory.setAtIndex(JAVA_LONG, record + StepLoop.BUFFERS, address(buffers[k] + worker * kernels.get(k).buffers()));
                memory.setAtIndex(JAVA_LONG, record + StepLoop.BUFFER_COUNT, kernels.get(k).buffers());
            }
    }

    private long address(int number) {
        return memory.address() + number * JAVA_LONG.byteSize();
    }

    /// @param addresses of a kernel's buffers, those of worker 0
    void bind(int kernel, long[] addresses) {
        MachineBody body = kernels.get(kernel);
        for (int worker = 0; worker < workers; worker++) {
            body.addresses(worker, addresses, list);
            MemorySegment.copy(list, 0, memory, JAVA_LONG, 8L * (buffers[kernel] + worker * body.buffers()), body.buffers());
        }
    }

    @Override
    public void prepare(long[] addresses, int n, int position) {
        if (n != this.n || position != this.position) {
            boolean all = this.n < 0;
            fresh[StepLoop.N] = n;
            fresh[StepLoop.POSITION] = position;
            for (int i = 0; i < steps.length; i++) if (all || steps[i].varies()) trips(i, steps[i].trips(n, position));
            this.n = n;
            this.position = position;
        }
        MemorySegment.copy(fresh, 0, memory, JAVA_LONG, 0, fresh.length);
    }

    private void trips(int step, int trips) {
        fresh[StepLoop.TRIPS + 2 * step] = trips;
        fresh[StepLoop.TRIPS + 2 * step + 1] = Math.ceilDiv(trips, RUNS * workers);
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int block = blocks + worker * StepLoop.BLOCK;
        try {
            for (long status = enter(block); status != StepLoop.DONE; status = enter(block)) {
                if (status == StepLoop.FAILED) throw new ArithmeticException("/ by zero");
                if (status == StepLoop.WAKING) team.wake();
                else sleep(memory.getAtIndex(JAVA_LONG, block + StepLoop.NUMBER));
            }
        } catch (RuntimeException | Error e) {
            LONG.setVolatile(memory, 8L * StepLoop.FAILURE, 1L);
            LONG.setVolatile(memory, 8L * StepLoop.PHASE, (long) Integer.MAX_VALUE);
            team.wake();
            throw e;
        }
    }

    private long enter(int block) {
        ExecutableMemory.call(Code.ADDRESS, address(block));
        return memory.getAtIndex(JAVA_LONG, block + StepLoop.STATUS);
    }

    /// Until all may begin with a step. A sleeper counts itself, then looks once more; who raises the counter looks for sleepers afterwards.
    private void sleep(long step) {
        long _ = (long) LONG.getAndAdd(memory, 8L * StepLoop.SLEEPING, 1L);
        try {
            while ((long) LONG.getVolatile(memory, 8L * StepLoop.PHASE) < step) LockSupport.park(this);
        } finally {
            long _ = (long) LONG.getAndAdd(memory, 8L * StepLoop.SLEEPING, -1L);
        }
    }

    /// Reads what worker 0 noted in the last run.
    void readTimes() {
        MemorySegment.copy(memory, JAVA_LONG, 8L * times, noted, 0, noted.length);
    }

    /// What part of `nanos`, the time of that run, was a kernel's.
    long nanos(int kernel, long nanos) {
        double all = noted[steps.length] - noted[0];
        return all <= 0 ? 0 : Math.round(nanos * ((noted[first[kernel + 1]] - noted[first[kernel]]) / all));
    }

    private static final class Code {
        static final MemorySegment MEMORY = ExecutableMemory.of(StepLoop.code(ExecutableMemory.features()), "step loop", Arena.global());
        static final long ADDRESS = MEMORY.address();
    }
}
