package tern.autotune.verify;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Candidates.Rejected;
import tern.scheduler.problem.Problem;

/// What can multiply: the strategies on a CPU, the units on a GPU, see [Schedule#way].
///
/// @param schedules that apply in each way, best first; a way in which none does is not in it
/// @param reasons   for each way why its last schedule that does not apply does not
public record Ways(Map<String, List<Schedule>> schedules, Map<String, String> reasons) {

    /// Weights from which on a way that computes each code on its own is left out, where there is a faster one: on a simulator it takes minutes.
    private static final int MANY = 4000;

    /// The way that computes each code on its own.
    private static final String LANES = "lanes";

    public static Ways of(Problem problem, Packing packing, Target target) {
        Candidates.Result candidates = Candidates.of(problem, List.of(packing), target);
        var schedules = new LinkedHashMap<String, List<Schedule>>();
        for (Ranked ranked : candidates.ranked())
            schedules.computeIfAbsent(ranked.schedule().way(), way -> new ArrayList<>()).add(ranked.schedule());
        var reasons = new LinkedHashMap<String, String>();
        for (Rejected rejected : candidates.rejected()) reasons.put(rejected.schedule().way(), rejected.reason());
        if (schedules.size() > 1 && (long) problem.m() * problem.k() > MANY && schedules.remove(LANES) != null)
            reasons.put(LANES, String.format(ROOT, "left out: there is a faster way for %d x %d", problem.m(), problem.k()));
        return new Ways(schedules, reasons);
    }

    /// Of all ways of a machine, whether or not they apply.
    public static List<String> names(Target target) {
        return switch (target) {
            case Target.Cpu _ -> Schedule.Cpu.WAYS;
            case Target.Gpu _ -> Schedule.Gpu.WAYS;
        };
    }

    /// Why nothing applies in a way.
    public String reason(String way) {
        return reasons.getOrDefault(way, "no candidates");
    }
}
