package tern.runtime.cli.kernel;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.autotune.verify.Prover;
import tern.autotune.verify.Ways;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.Sizes;
import tern.scheduler.Candidates;
import tern.scheduler.problem.Problem;

/// `tern verify F.tir`: the kernels of a text over its packings, for one token and for several.
///
/// @param devices   on which all is proved, by name
/// @param options what a command that repeats a failure needs besides: ` --simulate`
public record VerifyText(Path file, Tir tir, Target target, Map<String, Prover> devices, Sizes sizes, long seed, String options) {

    /// Schedules that are tried of each strategy: best, middle and last of the ranking.
    private static final int SCHEDULES = 3;

    /// @param kernelName  only this kernel; null for all
    /// @param packingName only this packing; null for all
    /// @return the status of the command
    int run(@Nullable String kernelName, @Nullable String packingName, ProofReport report) {
        long start = System.nanoTime();
        List<KernelDef> kernels = kernelName != null ? List.of(tir.kernel(kernelName)) : tir.kernels().isEmpty() ? tir.allKernels() : tir.kernels();
        List<Packing> packings =
                packingName != null ? List.of(tir.packing(packingName)) : tir.packings().isEmpty() ? tir.allPackings() : tir.packings();
        for (Packing packing : packings) sizes.orAwkward(packing); // wrong ones are refused before anything is printed
        report.say("%s: schedules for %s, proved on %s".formatted(file, target.name(), String.join(" and ", devices.keySet())));
        if (target instanceof Target.Cpu && !devices.containsKey(Devices.CPU)) report.say("this installation has no CPU back end");
        for (Packing packing : packings)
            for (KernelDef kernel : kernels) {
                Sizes.Chosen size = sizes.orAwkward(packing);
                prove(new Problem(kernel, size.m(), size.k(), 1), packing, report);
                if (size.n() > 1) prove(new Problem(kernel, size.m(), size.k(), size.n()), packing, report);
            }
        String products = "%s over %s".formatted(Texts.count(kernels.size(), "kernel"), Texts.count(packings.size(), "packing"));
        return report.end(products, (System.nanoTime() - start) * 1e-9);
    }

    private void prove(Problem problem, Packing packing, ProofReport report) {
        Candidates.Result candidates = Candidates.of(problem, List.of(packing), target);
        String columns = "%-10s %-14s %4d x %-4d n %-3d".formatted(
                packing.name(), problem.kernel().name(), problem.m(), problem.k(), problem.tokens());
        String name = columns.replaceAll(" +", " ").strip();
        ProofReport.Subject subject = report.subject(name, again(problem, packing));
        for (String way : Ways.names(target)) {
            Set<Schedule> schedules = schedules(problem.kernel(), packing, way, candidates);
            if (schedules.isEmpty()) subject.doesNotApply(way, candidates.reason(way, target));
            for (Schedule schedule : schedules)
                devices.forEach((device, prover) -> subject.add(name, device, way, schedule, prover.prove(
                        problem, packing, schedule, seed)));
        }
        subject.eachWay((way, text) -> report.say("%s %-8s %s".formatted(columns, way, text)));
        subject.end();
    }

    /// Those that the text declares, and a sample of the ranking with one of each kind of loop.
    private Set<Schedule> schedules(KernelDef kernel, Packing packing, String way, Candidates.Result candidates) {
        var chosen = new LinkedHashSet<Schedule>();
        for (Tir.Planned planned : tir.schedules()) {
            Schedule schedule = planned.schedule();
            if (schedule.kernel().equals(kernel.name()) && schedule.packing().equals(packing.name())
                    && schedule.way().equals(way))
                chosen.add(schedule);
        }
        for (boolean rolled : new boolean[] {false, true}) {
            List<Schedule> ranked = candidates.ranked().stream()
                    .map(Candidates.Ranked::schedule)
                    .filter(s -> s.way().equals(way) && (s instanceof Schedule.Vector v && v.rolled()) == rolled)
                    .toList();
            int count = Math.min(rolled ? 1 : SCHEDULES, ranked.size());
            for (int i = 0; i < count; i++) chosen.add(ranked.get(count == 1 ? 0 : i * (ranked.size() - 1) / (count - 1)));
        }
        return chosen;
    }

    private String again(Problem problem, Packing packing) {
        return "tern verify %s --kernel %s --packing %s --m %d --k %d --n %d --seed %d --target %s%s".formatted(
                file, problem.kernel().name(), packing.name(), problem.m(), problem.k(), problem.tokens(), seed, target.name(), options);
    }
}
