package tern.autotune.search;

import java.util.function.IntConsumer;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.Samples;
import tern.ir.device.Workload;
import tern.ir.device.Workload.Speed;

/// The judge of last resort: the model itself, with one plan and with another, in turns.
public final class WholeModel {

    private WholeModel() {}

    /// Seconds for a generated token and for a token of a prompt, with either plan.
    public record Comparison(Samples stepBefore, Samples stepAfter, Samples batchBefore, Samples batchAfter) {

        /// True if the second plan is at least as good.
        public boolean isNoSlower(Preference preference) {
            return preference.seconds(stepAfter.median(), batchAfter.median())
                    <= preference.seconds(stepBefore.median(), batchBefore.median());
        }
    }

    /// @param rounds   in each of which both plans run once
    /// @param progress told the number of runs done, of `2 * rounds`
    public static Comparison compare(Workload model, Plan before, Plan after, int rounds, IntConsumer progress) {
        model.time(before); // prepares the model
        model.time(after);
        double[][] seconds = new double[4][rounds];
        for (int round = 0; round < rounds; round++) {
            Speed one = model.time(before);
            progress.accept(2 * round + 1);
            Speed other = model.time(after);
            progress.accept(2 * round + 2);
            seconds[0][round] = one.stepSeconds();
            seconds[1][round] = other.stepSeconds();
            seconds[2][round] = one.batchSeconds();
            seconds[3][round] = other.batchSeconds();
        }
        return new Comparison(Samples.of(seconds[0]), Samples.of(seconds[1]), Samples.of(seconds[2]), Samples.of(seconds[3]));
    }
}
