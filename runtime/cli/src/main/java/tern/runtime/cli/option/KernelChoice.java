package tern.runtime.cli.option;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Which kernel of a text, over which packing, by which schedule, for which CPU: as options, and what they mean.
public final class KernelChoice {

    @Option(names = "--kernel", paramLabel = "K", description = "Default: the text's first, else bitlinear.")
    private @Nullable String kernelName;

    @Option(names = "--packing", paramLabel = "P", description = "Default: all of the text, else of the library.")
    private @Nullable String packingName;

    @Option(names = "--target", paramLabel = "T", description = "Make schedules for this CPU, or, in dump, this GPU. Default: the CPU at hand.")
    private @Nullable String targetName;

    @Option(
            names = "--rank",
            paramLabel = "R",
            description = "Take this candidate of the list of schedules. Default: the text's own schedule, else 1, the best.")
    private @Nullable Integer rank;

    @Mixin
    private Sizes sizes;

    /// The kernel that was named.
    public @Nullable String kernelName() {
        return kernelName;
    }

    /// The packing that was named.
    public @Nullable String packingName() {
        return packingName;
    }

    /// The target that was named.
    public @Nullable String targetName() {
        return targetName;
    }

    public boolean isRanked() {
        return rank != null;
    }

    public boolean isSized() {
        return sizes.isGiven();
    }

    public KernelDef kernel(Tir tir) {
        if (kernelName != null) return tir.kernel(kernelName);
        return tir.kernels().isEmpty() ? tir.kernel("bitlinear") : tir.kernels().getFirst();
    }

    public List<Packing> packings(Tir tir) {
        if (packingName != null) return List.of(tir.packing(packingName));
        return tir.packings().isEmpty() ? tir.allPackings() : tir.packings();
    }

    public Problem problem(Tir tir) {
        Sizes.Chosen size = size();
        return new Problem(kernel(tir), size.m(), size.k(), size.n());
    }

    public Sizes.Chosen size() {
        return sizes.or(2560, 2560, 1);
    }

    public Target.Cpu target() {
        return Devices.target(targetName);
    }

    /// The CPU or GPU that was named, else the CPU at hand.
    public Target machine() {
        return Devices.machine(targetName);
    }

    public Candidates.Result candidates(Tir tir, Target target) {
        return Candidates.of(problem(tir), packings(tir), target);
    }

    /// The schedules to take, best first: one if the text has its own for this kernel, packing and target, or one was asked for by rank.
    ///
    /// @throws IllegalArgumentException if there is none
    public List<Ranked> schedules(Tir tir, Target target) {
        if (rank == null)
            for (Tir.Planned planned : tir.schedules()) {
                Schedule schedule = planned.schedule();
                boolean asked = packingName == null || packingName.equals(schedule.packing());
                if (asked && schedule.kernel().equals(kernel(tir).name()) && planned.target().equals(target.name()))
                    return List.of(new Ranked(tir.packing(schedule.packing()), schedule, 0, 0, 0));
            }
        Candidates.Result candidates = candidates(tir, target);
        int first = rank == null ? 1 : rank;
        if (first < 1 || first > candidates.ranked().size())
            throw new IllegalArgumentException(candidates.ranked().isEmpty()
                    ? "no schedule applies: " + candidates.rejected().getFirst().reason()
                    : "rank %d of %d candidates".formatted(first, candidates.ranked().size()));
        return rank == null ? candidates.ranked() : List.of(candidates.ranked().get(first - 1));
    }
}
