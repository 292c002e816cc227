package tern.codegen.jvm.device;

import java.lang.ref.Reference;
import java.util.List;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.Buffer;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Launches as one entry of the team, with a barrier between one and the next.
final class CpuSequence implements Sequence {

    private static final long[] NONE = {};

    private record Step(CpuKernel kernel, Spmd body, List<Buffer> arguments, long[] addresses) {}

    private final Team team;
    private final Step[] steps;
    private final Spmd all = this::runSteps;
    /// When the last step of a run began. Of the launching thread, which is worker 0.
    private long lastStart;

    CpuSequence(Team team, List<Launch> launches) {
        this.team = team;
        this.steps = launches.stream().map(CpuSequence::step).toArray(Step[]::new);
    }

    private static Step step(Launch launch) {
        if (!(launch.kernel() instanceof CpuKernel kernel))
            throw new IllegalArgumentException(launch.kernel().name() + " belongs to another device");
        return new Step(kernel, kernel.body(), launch.arguments(), kernel.addresses(launch.arguments()));
    }

    @Override
    public void run(int n, int position) {
        check(n, position);
        try {
            team.run(all, NONE, n, position);
            if (steps.length > 0) steps[steps.length - 1].kernel.spend(System.nanoTime() - lastStart);
        } finally {
            Reference.reachabilityFence(steps);
        }
    }

    /// Puts each kernel on the list once.
    void warmUp(WarmUp warmUp, int n, int position) {
        check(n, position);
        // Machine code is as fast the first time.
        for (Step step : steps) if (!(step.body instanceof MachineBody)) warmUp.add(step.kernel, step.addresses, n, position);
    }

    /// Each time: the code relies on what n and position may be.
    private void check(int n, int position) {
        for (Step step : steps) step.kernel.check(step.arguments, n, position);
    }

    private void runSteps(int worker, int workers, Team ours, long[] none, int n, int position) {
        long start = worker == 0 ? System.nanoTime() : 0;
        for (int i = 0; i < steps.length; i++) {
            if (i > 0) {
                ours.barrier();
                if (worker == 0) start = spend(steps[i - 1], start);
            }
            Step step = steps[i];
            step.body.run(worker, workers, ours, step.addresses, n, position);
        }
        if (worker == 0) lastStart = start;
    }

    /// A step has ended, and the next one begins.
    private static long spend(Step step, long start) {
        long now = System.nanoTime();
        step.kernel.spend(now - start);
        return now;
    }
}
