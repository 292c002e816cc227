package tern.scheduler.cost;

import tern.ir.target.Target;
import tern.scheduler.vector.Geometry;

/// Predicts the time of a kernel from bytes and instructions: a roofline, with a price for registers that do not suffice.
///
/// The model ranks; what it says in seconds is a bound that real kernels approach from above.
public final class CostModel {

    /// How much of the shorter of memory time and compute time is not hidden by the longer.
    private static final double EXPOSED = 0.25;

    /// Instructions a core starts each cycle when they are scalar.
    private static final double SCALAR_PER_CYCLE = 3;

    /// A loop over tables, sums in memory: instructions for each one that is counted.
    private static final double ROLLED = 6;

    /// Share of the bandwidth that weights reach which nobody asks for ahead of their use: 47 of 60 G weights/s on one thread of a Zen 3.
    private static final double UNASKED = 0.78;

    private CostModel() {}

    /// Instructions of the inner loops for one launch with `n` tokens.
    public static double instructions(Geometry g, Target.Cpu target, int n) {
        Work work = Work.of(g, target);
        double blocks = Math.ceilDiv(n, g.tokenBlock());
        return blocks * (work.operations() + work.lookups()) * (g.schedule().rolled() ? ROLLED : 1);
    }

    /// Seconds for one launch with `n` tokens.
    public static double seconds(Geometry g, Target.Cpu target, int n) {
        Work work = Work.of(g, target);
        boolean scalar = g.cover().lanes() == 1;
        double perCycle = scalar ? SCALAR_PER_CYCLE : target.vectorOpsPerCycle();
        double cycles = scalar
                ? (work.operations() + work.lookups()) / perCycle
                : Math.max((work.operations() + work.lookups()) / perCycle, work.lookups() / target.lookups().perCycle(g.accumulator().bits()));
        if (g.schedule().rolled()) cycles *= ROLLED;
        if (work.registers() > target.vectorRegisters())
            cycles *= 1 + (double) (work.registers() - target.vectorRegisters()) / target.vectorRegisters();
        double blocks = Math.ceilDiv(n, g.tokenBlock());
        return seconds(blocks * cycles, work.bytes(), g.schedule().prefetch() > 0, target);
    }

    /// Seconds for the cycles of one core that all work takes, shared by all, and bytes of weights.
    ///
    /// @param asked whether they are asked for ahead of their use
    public static double seconds(double cycles, double bytes, boolean asked, Target.Cpu target) {
        double compute = cycles / target.hertz() / target.cores();
        double memory = bytes / target.memoryBytesPerSecond() / (target.machineCode() && !asked ? UNASKED : 1);
        return Math.max(compute, memory) + EXPOSED * Math.min(compute, memory);
    }
}
