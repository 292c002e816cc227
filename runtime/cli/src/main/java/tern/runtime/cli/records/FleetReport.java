package tern.runtime.cli.records;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tern.autotune.record.Environment;
import tern.autotune.record.Machine;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Report;

/// What the machines that share records have tuned: by fingerprint, with the share of each roofline, what is missing, and who is slower than
/// its like.
final class FleetReport {

    /// A machine this much slower than the median of its like is worth a look.
    private static final double SLOW = 1.3;

    /// Digits of a fingerprint that are shown.
    private static final int SHORT = 10;

    private record Shape(ProblemKey step, ProblemKey batch) {}

    private record Missing(Environment environment, Shape shape) {}

    /// A machine among its like.
    ///
    /// @param slowness its time over the median of all machines of the fingerprint, by kernels and by memory the worse
    private record Member(Machine machine, double slowness) {
        boolean isSlow() {
            return slowness >= SLOW;
        }
    }

    private final Recipe.Reader texts = new Recipe.Reader();
    private final Map<String, Environment> fleet = new LinkedHashMap<>();
    private final List<Tuned> winners;
    private final List<Trial> trials;
    private final List<Machine> machines;

    private FleetReport(List<Tuned> winners, List<Trial> trials, List<Machine> machines) {
        this.winners = winners;
        this.trials = trials;
        this.machines = machines;
        Stream.of(winners.stream().map(Tuned::environment), trials.stream().map(Trial::environment), machines.stream().map(Machine::environment))
                .flatMap(all -> all).forEach(one -> fleet.put(one.fingerprint(), one));
    }

    /// @param at when the records were read
    static Report of(String name, List<Tuned> winners, List<Trial> trials, List<Machine> machines, String at) {
        var report = new Report("The fleet", name + " · " + at);
        report.fields().put("records", name);
        new FleetReport(winners, trials, machines).fill(report);
        return report;
    }

    static String brief(Environment environment) {
        return environment.fingerprint().substring(0, SHORT);
    }

    private void fill(Report report) {
        if (fleet.isEmpty()) report.note("nothing was tuned yet");
        show(report, "fingerprints", "Fingerprints", fingerprints(), fleet.values());
        show(report, "winners", "Winners", tuned(), winners.stream().sorted(Comparator.comparing(w -> brief(w.environment()))).toList());
        show(report, "missing", "Missing: tuned by others only", missing(), gaps());
        List<Member> members = members();
        show(report, "machines", "Machines", hosts(), members);
        for (Member one : members)
            if (one.isSlow())
                report.note("%s is %.0f %% slower than its like".formatted(one.machine.name(), 100 * (one.slowness - 1)));
    }

    private static <T> void show(Report report, String field, String heading, Columns<T> columns, Iterable<T> rows) {
        report.fields().putAll(field, rows, columns::fields);
        if (!rows.iterator().hasNext()) return;
        report.heading(heading).line("%s:", heading.toLowerCase(Locale.ROOT)).add(columns.grid(rows));
    }

    private Columns<Environment> fingerprints() {
        return new Columns<Environment>()
                .add("fingerprint", "fingerprint", Format.PLAIN, FleetReport::brief)
                .add("processor", "processor", Format.PLAIN, e -> EnvironmentNames.describe(e.processor()))
                .add("jdk", "JDK", Format.PLAIN, Environment::jdk)
                .field("generation", Environment::generation)
                .add("threads", "threads", Format.INTEGER, Environment::threads)
                .add("machines", "machines", Format.INTEGER, e -> machines.stream().filter(m -> m.environment().equals(e)).count())
                .add("read_bytes_per_second", "GB/s", Format.GIGA, this::bandwidth)
                .add("tuned", "tuned", Format.INTEGER, e -> winners.stream().filter(w -> w.environment().equals(e)).count())
                .add("missing", "missing", Format.INTEGER, e -> gaps().stream().filter(g -> g.environment.equals(e)).count())
                .add("trials", "trials", Format.INTEGER, e -> trials.stream().filter(t -> t.environment().equals(e)).count());
    }

    /// The best that a machine of the fingerprint has measured.
    private Optional<Double> bandwidth(Environment environment) {
        return machines.stream().filter(m -> m.environment().equals(environment)).map(Machine::bandwidth).max(Comparator.naturalOrder());
    }

    private Columns<Tuned> tuned() {
        return new Columns<Tuned>()
                .add("fingerprint", "fingerprint", Format.PLAIN, w -> brief(w.environment()))
                .add("kernel", "kernel", Format.PLAIN, w -> facts(w).kernel())
                .add("shape", "m x k", Format.PLAIN, w -> Facts.shape(w.step()))
                .add("packing", "packing", Format.PLAIN, w -> facts(w).packing())
                .add("step", "a token", Format.PLAIN, w -> facts(w).how())
                .add("step_seconds", "us", Format.decimal(1e6, 1), Tuned::stepSeconds)
                .add("step_bytes_per_second", "GB/s", Format.GIGA, w -> facts(w).bytes() / w.stepSeconds())
                .add("share", "of its roofline", Format.BAR, w -> bandwidth(w.environment()).map(most -> facts(w).bytes() / w.stepSeconds() / most))
                .add("batch_seconds", "a batch, us", Format.decimal(1e6, 1), Tuned::batchSeconds);
    }

    private Facts facts(Tuned winner) {
        return Facts.of(winner.step(), winner.packing(), winner.stepSchedule(), texts);
    }

    private Columns<Missing> missing() {
        return new Columns<Missing>()
                .add("fingerprint", "fingerprint", Format.PLAIN, g -> brief(g.environment))
                .add("shape", "m x k", Format.PLAIN, g -> Facts.shape(g.shape.step()))
                .add("tokens", "tokens", Format.INTEGER, g -> g.shape.batch().maxTokens())
                .add("trials", "trials", Format.INTEGER, g -> trials.stream()
                        .filter(t -> t.environment().equals(g.environment) && (t.problem().equals(g.shape.step()) || t.problem().equals(g.shape.batch())))
                        .count());
    }

    /// What one fingerprint has a winner for, and another has not.
    private List<Missing> gaps() {
        Set<Shape> shapes = new LinkedHashSet<>();
        Set<Missing> there = new LinkedHashSet<>();
        for (Tuned winner : winners) {
            var shape = new Shape(winner.step(), winner.batch());
            shapes.add(shape);
            there.add(new Missing(winner.environment(), shape));
        }
        return fleet.values().stream().flatMap(e -> shapes.stream().map(s -> new Missing(e, s))).filter(gap -> !there.contains(gap)).toList();
    }

    private Columns<Member> hosts() {
        return new Columns<Member>()
                .add("name", "machine", Format.PLAIN, m -> m.machine.name())
                .add("fingerprint", "fingerprint", Format.PLAIN, m -> brief(m.machine.environment()))
                .add("read_bytes_per_second", "GB/s", Format.GIGA, m -> m.machine.bandwidth())
                .add("slowness", "time, its like 1", Format.decimal(2), Member::slowness)
                .field("outlier", Member::isSlow)
                .add("at", "heard of (UTC)", Format.PLAIN, m -> Facts.minute(m.machine.at()));
    }

    private List<Member> members() {
        return machines.stream()
                .map(one -> {
                    List<Machine> like = machines.stream().filter(m -> m.environment().equals(one.environment())).toList();
                    double kernels = one.slowness() / median(like.stream().map(Machine::slowness).toList());
                    double memory = median(like.stream().map(Machine::bandwidth).toList()) / one.bandwidth();
                    return new Member(one, Math.max(kernels, memory));
                })
                .sorted(Comparator.comparing((Member m) -> brief(m.machine.environment())).thenComparing(m -> m.machine.name()))
                .toList();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
