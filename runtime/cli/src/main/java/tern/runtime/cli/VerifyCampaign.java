package tern.runtime.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tern.autotune.verify.Campaign;
import tern.autotune.verify.Campaign.Finding;
import tern.autotune.verify.Verdict;
import tern.autotune.verify.Ways;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tern verify` without a text: the packings of the library or random ones, in every way to multiply. Every failure is said when it is found,
/// with the command that repeats it.
final class VerifyCampaign {

    /// Lines that say how far it is, of random packings.
    private static final int STEPS = 10;

    /// Reasons for which something does not apply that are shown of each way.
    private static final int REASONS = 3;

    private final Target target;
    private final Map<String, Device> machines;
    private final boolean simulated;
    private final long seed;
    private final PrintWriter out;
    private final boolean json;
    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private final List<Finding> wrong = new ArrayList<>();
    /// Of packings that were proved exact in no way.
    private final List<String> without = new ArrayList<>();
    private long results, sums;
    private int proven, packings;

    /// What became of one way.
    private static final class Tally {
        int exact, wrong;
        /// How often, by reason.
        final Map<String, Integer> refused = new TreeMap<>();
    }

    /// @param machines  on which all is proved, by name
    /// @param simulated whether a card is simulated, which a command that repeats a failure must say
    /// @param json      true: one JSON object at the end, instead of lines
    VerifyCampaign(Target target, Map<String, Device> machines, boolean simulated, long seed, PrintWriter out, boolean json) {
        this.target = target;
        this.machines = machines;
        this.simulated = simulated;
        this.seed = seed;
        this.out = out;
        this.json = json;
        for (String way : Ways.names(target)) tallies.put(way, new Tally());
    }

    /// @param random how many packings to draw; null for those of the library
    /// @param only   this packing of the library alone; null for all
    /// @return the status of the command
    int run(@Nullable Integer random, @Nullable String only) {
        long start = System.nanoTime();
        List<Packing> shipped = only != null ? List.of(Tir.library().packing(only)) : Tir.library().allPackings();
        say("%s, schedules for %s, proved on %s".formatted(
                random == null ? shipped.size() + " packings of the library" : random + " random packings from seed " + seed,
                target.name(), String.join(" and ", machines.keySet())));
        var campaign = new Campaign(target, machines);
        if (random == null) prove(campaign, shipped);
        else prove(campaign, random);
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (json) out.println(json(seconds));
        else summary(seconds);
        return isGood() ? 0 : 1;
    }

    private void prove(Campaign campaign, List<Packing> shipped) {
        try (Bar bar = Bar.of("verify", " packings", 1)) {
            for (Packing packing : shipped) {
                var found = new ArrayList<Finding>();
                prove(packing.name(), found, said -> campaign.prove(packing, seed, said));
                say("%-14s %s".formatted(packing.name(), text(found)));
                bar.at(packings, shipped.size());
            }
        }
    }

    private void prove(Campaign campaign, int count) {
        try (Bar bar = Bar.of("verify", " packings", 1)) {
            for (int i = 0; i < count; i++) {
                long each = seed + i;
                prove("seed " + each, new ArrayList<>(), said -> campaign.prove(each, said));
                bar.at(packings, count);
                if (packings * STEPS / count > (packings - 1) * STEPS / count)
                    say("%d of %d packings, %,d proofs exact, %d wrong".formatted(packings, count, proven, wrong.size()));
            }
        }
    }

    private interface Proofs {
        void run(Consumer<Finding> said);
    }

    private void prove(String name, List<Finding> found, Proofs proofs) {
        int before = proven;
        proofs.run(finding -> {
            found.add(finding);
            take(finding);
        });
        packings++;
        if (proven == before) without.add(name);
    }

    private void take(Finding finding) {
        Tally tally = tallies.computeIfAbsent(finding.way(), way -> new Tally());
        switch (finding.verdict()) {
            case Verdict.Exact exact -> {
                tally.exact++;
                proven++;
                results += exact.results();
                sums += exact.sums();
            }
            case Verdict.Wrong w -> {
                tally.wrong++;
                wrong.add(finding);
                say("WRONG: %s on %s: %s%n    %s%n    again: %s".formatted(
                        finding.subject(), finding.machine(), Failure.oneLine(w.problem()), finding.schedule(), again(finding)));
            }
            case Verdict.Refused refused -> tally.refused.merge(general(refused.reason()), 1, Integer::sum);
        }
    }

    /// The reason without its numbers, so that reasons of a kind can be counted.
    private static String general(String reason) {
        return Failure.oneLine(reason).replaceAll("\\d+", "#");
    }

    private String again(Finding finding) {
        boolean random = finding.subject().packing().name().equals("random");
        return "tern verify%s --seed %d --target %s%s".formatted(
                random ? " --random 1" : " --packing " + finding.subject().packing().name(), finding.subject().seed(), target.name(),
                simulated ? " --simulate" : "");
    }

    /// What was found of one packing: how often it was exact in each way, else why not.
    private static String text(List<Finding> found) {
        Map<String, Integer> exact = new LinkedHashMap<>();
        Map<String, String> refused = new LinkedHashMap<>();
        Set<String> wrong = new TreeSet<>();
        for (Finding finding : found)
            switch (finding.verdict()) {
                case Verdict.Exact _ -> exact.merge(finding.way(), 1, Integer::sum);
                case Verdict.Wrong _ -> wrong.add(finding.way());
                case Verdict.Refused r -> refused.put(finding.way(), Failure.oneLine(r.reason()));
            }
        var parts = new ArrayList<String>();
        exact.forEach((way, count) -> parts.add(wrong.contains(way) ? way + " WRONG" : "%s exact, %d".formatted(way, count)));
        for (String way : wrong) if (!exact.containsKey(way)) parts.add(way + " WRONG");
        refused.forEach((way, reason) -> {
            if (!exact.containsKey(way) && !wrong.contains(way)) parts.add("%s refused: %s".formatted(way, reason));
        });
        return String.join("; ", parts);
    }

    private boolean isGood() {
        return wrong.isEmpty() && without.isEmpty();
    }

    private void summary(double seconds) {
        tallies.forEach((way, tally) -> {
            var text = new StringBuilder("%-9s %,6d exact".formatted(way, tally.exact));
            if (tally.wrong > 0) text.append(", ").append(tally.wrong).append(" WRONG");
            int refused = tally.refused.values().stream().mapToInt(Integer::intValue).sum();
            if (refused > 0) text.append(", ").append(refused).append(" refused");
            out.println(text);
            tally.refused.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .limit(REASONS)
                    .forEach(reason -> out.printf("    %4d x %s%n", reason.getValue(), reason.getKey()));
        });
        if (!without.isEmpty()) out.printf("PROVED IN NO WAY: %s%n", String.join(", ", without));
        if (!wrong.isEmpty()) out.printf("NOT EXACT: %d of %d proofs failed%n", wrong.size(), wrong.size() + proven);
        else out.printf("exact: %,d proofs of %d packings in %.0f s, %,d results compared bit for bit, %,d of them bare int32 sums%n",
                    proven, packings, seconds, results, sums);
    }

    private String json(double seconds) {
        ObjectNode root = JsonMapper.shared().createObjectNode()
                .put("exact", isGood()).put("target", target.name()).put("seed", seed).put("packings", packings)
                .put("proofs", proven).put("results", results).put("int32_sums", sums).put("seconds", seconds);
        ArrayNode names = root.putArray("machines");
        machines.keySet().forEach(names::add);
        ObjectNode ways = root.putObject("ways");
        tallies.forEach((way, tally) -> {
            ObjectNode node = ways.putObject(way).put("exact", tally.exact).put("wrong", tally.wrong);
            ObjectNode refused = node.putObject("refused");
            tally.refused.forEach(refused::put);
        });
        ArrayNode unproved = root.putArray("proved_in_no_way");
        without.forEach(unproved::add);
        ArrayNode failures = root.putArray("failures");
        for (Finding finding : wrong)
            failures.addObject().put("subject", finding.subject().toString()).put("seed", finding.subject().seed())
                    .put("machine", finding.machine()).put("schedule", String.valueOf(finding.schedule()))
                    .put("problem", finding.verdict() instanceof Verdict.Wrong w ? w.problem() : "").put("again", again(finding));
        return root.toString();
    }

    private void say(String line) {
        if (json) return;
        out.println(line);
        out.flush();
    }
}
