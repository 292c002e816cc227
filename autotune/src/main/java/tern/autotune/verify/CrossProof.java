package tern.autotune.verify;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.scheduler.problem.Problem;

/// One kernel over one packing on several machines, each with the schedules that are made for it: the same packed bytes must give the
/// same bits everywhere, int32 sums as well as results. Each machine is proved against plain Java; their
/// [Verdict.Evidence] shows that they had the same bytes.
public final class CrossProof {

    /// Schedules that a machine may refuse before it is given up on.
    private static final int TRIES = 12;

    private final List<Party> parties;

    /// A machine.
    ///
    /// @param target what its schedules are made for
    public record Party(String name, Target target, Prover proof) {

        public static Party of(String name, Device device) {
            return of(name, device, device.target());
        }

        /// @param target another one than the device's own: the reference runs schedules of any
        public static Party of(String name, Device device, Target target) {
            return new Party(name, target, new ExactnessProof(device));
        }
    }

    /// @param subject which kernel over which packing, and its sizes
    public record Line(Subject subject, List<Entry> entries) {
        public Line {
            entries = List.copyOf(entries);
        }

        /// Whether every machine was exact in some way, none was wrong in any, and all saw and gave the same bytes. A way that a machine has no code
        /// for says nothing.
        public boolean agrees() {
            return isNoneWrong() && exactMachines().equals(machines()) && evidence().size() == 1;
        }

        private boolean isNoneWrong() {
            return entries.stream().noneMatch(entry -> entry.verdict instanceof Verdict.Wrong);
        }

        private Set<String> machines() {
            return entries.stream().map(Entry::machine).collect(toSet());
        }

        private Set<String> exactMachines() {
            return entries.stream().filter(entry -> entry.verdict instanceof Verdict.Exact).map(Entry::machine).collect(toSet());
        }

        /// What all that were exact have seen and given; one, if they agree.
        public List<Verdict.Evidence> evidence() {
            return entries.stream()
                    .flatMap(entry -> entry.verdict instanceof Verdict.Exact exact ? Stream.of(exact.evidence()) : Stream.empty())
                    .distinct()
                    .toList();
        }
    }

    /// @param n largest number of tokens
    public record Subject(String packing, String kernel, int m, int k, int n) {}

    /// @param machine name of the party
    /// @param way     what multiplies: `tabulate`, `dp4a`
    public record Entry(String machine, String way, Verdict verdict) {}

    public CrossProof(List<Party> parties) {
        this.parties = List.copyOf(parties);
    }

    /// @param seed of the random weights, activations and scales
    /// @param said told each entry when it is there; the next ones may take a while
    public Line prove(Problem problem, Packing packing, long seed, Consumer<Entry> said) {
        var entries = new ArrayList<Entry>();
        for (Party party : parties)
            ways(problem, packing, party.target).forEach((way, schedules) -> {
                var entry = new Entry(party.name, way, verdict(party.proof, problem, packing, seed, schedules));
                entries.add(entry);
                said.accept(entry);
            });
        return new Line(new Subject(packing.name(), problem.kernel().name(), problem.m(), problem.k(), problem.tokens()), entries);
    }

    /// The first that is not refused.
    private static Verdict verdict(
            Prover proof, Problem problem, Packing packing, long seed, List<Schedule> schedules) {
        Verdict verdict = new Verdict.Refused("no schedule applies");
        for (Schedule schedule : schedules.subList(0, Math.min(TRIES, schedules.size()))) {
            verdict = proof.prove(problem, packing, schedule, seed);
            if (!(verdict instanceof Verdict.Refused)) return verdict;
        }
        return verdict;
    }

    /// On a CPU the best way alone, on a GPU all of them, since each has hardware of its own.
    private static Map<String, List<Schedule>> ways(Problem problem, Packing packing, Target target) {
        Map<String, List<Schedule>> ways = Ways.of(problem, packing, target).schedules();
        if (ways.isEmpty()) return Map.of("none", List.of());
        String best = ways.keySet().iterator().next();
        return switch (target) {
            case Target.Cpu _ -> Map.of(best, ways.getOrDefault(best, List.of()));
            case Target.Gpu _ -> ways;
        };
    }
}
