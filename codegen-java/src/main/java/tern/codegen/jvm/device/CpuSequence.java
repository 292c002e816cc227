package tern.codegen.jvm.device;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.Buffer;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Launches as one entry of the team, with a barrier between one and the next; those of machine code that follow each other are one call.
final class CpuSequence implements Sequence {

    private static final long[] NONE = {};

    private record Step(CpuKernel kernel, List<Buffer> arguments, long[] addresses) {}

    /// @param kernels that the body runs one after the other: several if it is [MachineSteps]
    private record Part(Spmd body, long[] addresses, List<CpuKernel> kernels) {

        void spend(long nanos) {
            if (!(body instanceof MachineSteps steps)) {
                kernels.getFirst().spend(nanos);
                return;
            }
            steps.readTimes();
            for (int i = 0; i < kernels.size(); i++) kernels.get(i).spend(steps.nanos(i, nanos));
        }
    }

    private final Team team;
    private final Step[] steps;
    private final Part[] parts;
    private final Spmd all = this::runParts;
    /// Tokens for which the sizes of all buffers were found to be right.
    private int checked;
    /// When the last part of a run began. Of the launching thread, which is worker 0.
    private long lastStart;

    CpuSequence(Team team, List<Launch> launches) {
        this.team = team;
        steps = launches.stream().map(CpuSequence::step).toArray(Step[]::new);
        List<Part> parts = new ArrayList<>();
        for (int from = 0, to; from < steps.length; from = to) {
            to = from + 1;
            boolean machine = isMachine(from);
            while (machine && to < steps.length && isMachine(to)) to++;
            List<Step> some = List.of(steps).subList(from, to);
            parts.add(new Part(machine ? machine(some) : some.getFirst().kernel.body(), machine ? NONE : some.getFirst().addresses,
                    some.stream().map(Step::kernel).toList()));
        }
        this.parts = parts.toArray(Part[]::new);
    }

    private static Step step(Launch launch) {
        if (!(launch.kernel() instanceof CpuKernel kernel))
            throw new IllegalArgumentException(launch.kernel().name() + " belongs to another device");
        return new Step(kernel, launch.arguments(), kernel.addresses(launch.arguments()));
    }

    private boolean isMachine(int step) {
        return steps[step].kernel.body() instanceof MachineBody;
    }

    private MachineSteps machine(List<Step> some) {
        var one = new MachineSteps(some.stream().map(step -> (MachineBody) step.kernel.body()).toList(), team);
        for (int i = 0; i < some.size(); i++) one.bind(i, some.get(i).addresses);
        return one;
    }

    @Override
    public void run(int n, int position) {
        check(n, position);
        for (Part part : parts) part.body.prepare(part.addresses, n, position);
        try {
            team.run(all, NONE, n, position);
            if (parts.length > 0) parts[parts.length - 1].spend(System.nanoTime() - lastStart);
        } finally {
            Reference.reachabilityFence(steps);
        }
    }

    /// Puts each kernel on the list once.
    void warmUp(WarmUp warmUp, int n, int position) {
        check(n, position);
        // Machine code is as fast the first time.
        for (Step step : steps) if (!(step.kernel.body() instanceof MachineBody)) warmUp.add(step.kernel, step.addresses, n, position);
    }

    /// Each time: the code relies on what n and position may be.
    private void check(int n, int position) {
        if (n == checked) {
            for (Step step : steps) step.kernel.checkAgain(step.arguments, n, position);
            return;
        }
        checked = 0;
        for (Step step : steps) step.kernel.check(step.arguments, n, position);
        checked = n;
    }

    private void runParts(int worker, int workers, Team ours, long[] none, int n, int position) {
        long start = worker == 0 ? System.nanoTime() : 0;
        for (int i = 0; i < parts.length; i++) {
            if (i > 0) {
                ours.barrier();
                if (worker == 0) start = spend(parts[i - 1], start);
            }
            parts[i].body.run(worker, workers, ours, parts[i].addresses, n, position);
        }
        if (worker == 0) lastStart = start;
    }

    /// A part has ended, and the next one begins.
    private static long spend(Part part, long start) {
        long now = System.nanoTime();
        part.spend(now - start);
        return now;
    }
}
