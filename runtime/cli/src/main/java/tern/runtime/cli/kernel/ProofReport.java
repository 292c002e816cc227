package tern.runtime.cli.kernel;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tern.autotune.verify.Verdict;
import tern.autotune.verify.Ways;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.report.Fields;

/// What `tern verify` has found, of each device and each way to multiply: lines while it works, or one JSON object at the end.
///
/// A subject is good if each device has proved it exact in one way at least and none was wrong in any. One to which no schedule applies
/// says nothing.
public final class ProofReport {

    /// Reasons for which something is refused that are shown of each way.
    private static final int REASONS = 3;

    private final Target target;
    private final Set<String> devices;
    private final long seed;
    private final PrintWriter out;
    private final boolean json;
    private final Map<String, ProofCounts> ways = new LinkedHashMap<>();
    private final List<Wrong> wrong = new ArrayList<>();
    /// What a device has proved in no way, and why.
    private final List<String> unproved = new ArrayList<>();
    private final List<Fields> subjects = new ArrayList<>();
    private int proven;

    /// @param again the command that repeats it
    private record Wrong(String subject, String device, String way, @Nullable Schedule schedule, String problem, String again) {}

    /// What is proved together, and its results by way.
    final class Subject {
        private final String name, again;
        private final Map<String, ProofCounts> results = new LinkedHashMap<>();
        private final Map<String, String> inapplicable = new LinkedHashMap<>();

        private Subject(String name, String again) {
            this.name = name;
            this.again = again;
        }

        void add(String what, String device, String way, @Nullable Schedule schedule, Verdict verdict) {
            results.computeIfAbsent(way, _ -> new ProofCounts()).add(device, verdict);
            ways.computeIfAbsent(way, _ -> new ProofCounts()).add(device, general(verdict));
            switch (verdict) {
                case Verdict.Exact _ -> proven++;
                case Verdict.Refused _ -> {}
                case Verdict.Wrong(String kernel, String problem) -> {
                    var found = new Wrong(what, device, way, schedule, "%s: %s".formatted(kernel, Failure.oneLine(problem)), again);
                    wrong.add(found);
                    say("WRONG: %s on %s: %s%n    %s%n    again: %s".formatted(what, device, found.problem, schedule, again));
                }
            }
        }

        void doesNotApply(String way, String reason) {
            inapplicable.put(way, Failure.oneLine(reason));
        }

        /// What each way has come to; those that do not apply where there is no other.
        void eachWay(BiConsumer<String, String> line) {
            results.forEach((way, counts) -> line.accept(way, counts.text()));
            inapplicable.forEach((way, reason) -> {
                if (!results.containsKey(way)) line.accept(way, "does not apply: " + reason);
            });
        }

        /// Counts the subject.
        void end() {
            for (String device : devices) {
                if (results.isEmpty() || results.values().stream().anyMatch(counts -> counts.isExactOn(device))) continue;
                var why = new ArrayList<String>();
                eachWay((way, text) -> why.add(way + " " + text));
                unproved.add("%s on %s: %s".formatted(name, device, String.join(", ", why)));
            }
            var byWay = new Fields();
            inapplicable.forEach((way, reason) -> byWay.put(way, new Fields().put("does_not_apply", reason)));
            results.forEach((way, counts) -> byWay.put(way, counts.fields()));
            subjects.add(new Fields().put("subject", name).put("ways", byWay));
        }
    }

    /// @param devices on which all is proved
    /// @param json    true: one JSON object at the end, instead of lines
    public ProofReport(Target target, Set<String> devices, long seed, PrintWriter out, boolean json) {
        this.target = target;
        this.devices = devices;
        this.seed = seed;
        this.out = out;
        this.json = json;
        for (String way : Ways.names(target)) ways.put(way, new ProofCounts());
    }

    /// @param again the command that proves it again
    Subject subject(String name, String again) {
        return new Subject(name, again);
    }

    /// The reason without its numbers, so that reasons of a kind can be counted.
    private static Verdict general(Verdict verdict) {
        return verdict instanceof Verdict.Refused(String reason) ? new Verdict.Refused(Failure.oneLine(reason).replaceAll("\\d+", "#")) : verdict;
    }

    void say(String line) {
        if (json) return;
        out.println(line);
        out.flush();
    }

    int proven() {
        return proven;
    }

    int wrong() {
        return wrong.size();
    }

    private boolean isGood() {
        return wrong.isEmpty() && unproved.isEmpty() && proven > 0;
    }

    /// How often each way was exact, wrong or refused, and why.
    void summary() {
        ways.forEach((way, counts) -> counts.devices().forEach((device, count) -> {
            say("%-9s %-10s %s".formatted(way, device, count));
            count.refused().entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .limit(REASONS)
                    .forEach(reason -> say("    %4d x %s".formatted(reason.getValue(), reason.getKey())));
        }));
    }

    /// The last lines, or the object.
    ///
    /// @param of      what was proved: `3 packings`
    /// @param seconds that it took
    /// @return the status of the command
    int end(String of, double seconds) {
        if (json) out.println(fields(seconds).json());
        else if (proven == 0 && wrong.isEmpty() && unproved.isEmpty()) say("nothing was proved: no schedule applies");
        else {
            unproved.forEach(one -> say("PROVED IN NO WAY: " + one));
            if (!wrong.isEmpty()) say("NOT EXACT: %d of %d proofs failed".formatted(wrong.size(), wrong.size() + proven));
            else if (unproved.isEmpty()) say("exact on %s: %,d proofs of %s in %.0f s, %,d results compared bit for bit, %,d of them bare int32 sums"
                    .formatted(String.join(" and ", devices), proven, of, seconds, total(ProofCounts.Count::results), total(ProofCounts.Count::sums)));
        }
        return isGood() ? 0 : 1;
    }

    private long total(java.util.function.ToLongFunction<ProofCounts.Count> number) {
        return ways.values().stream().flatMap(counts -> counts.devices().values().stream()).mapToLong(number).sum();
    }

    private Fields fields(double seconds) {
        var byWay = new Fields();
        ways.forEach((way, counts) -> byWay.put(way, counts.fields()));
        return new Fields().put("exact", isGood()).put("target", target.name()).put("seed", seed)
                .put("proofs", proven).put("results", total(ProofCounts.Count::results))
                .put("int32_sums", total(ProofCounts.Count::sums)).put("seconds", seconds)
                .put("machines", devices).put("ways", byWay).put("subjects", subjects).put("proved_in_no_way", unproved)
                .putAll("failures", wrong, one -> new Fields().put("subject", one.subject).put("machine", one.device).put("way", one.way)
                        .put("schedule", String.valueOf(one.schedule)).put("problem", one.problem).put("again", one.again));
    }
}
