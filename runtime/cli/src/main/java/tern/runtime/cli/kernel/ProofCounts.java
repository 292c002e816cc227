package tern.runtime.cli.kernel;

import static java.util.stream.Collectors.joining;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tern.autotune.verify.Verdict;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.report.Fields;

/// What proofs in one way to multiply have come to, on each device.
final class ProofCounts {

    /// On one device.
    static final class Count {
        private int exact, wrong;
        private long results, sums;
        /// How often, by reason.
        private final Map<String, Integer> refused = new TreeMap<>();

        private void add(Verdict verdict) {
            switch (verdict) {
                case Verdict.Exact proof -> {
                    exact++;
                    results += proof.results();
                    sums += proof.sums();
                }
                case Verdict.Wrong _ -> wrong++;
                case Verdict.Refused(String reason) -> refused.merge(reason, 1, Integer::sum);
            }
        }

        int exact() {
            return exact;
        }

        int wrong() {
            return wrong;
        }

        long results() {
            return results;
        }

        /// Of the results, those that are bare int32 sums.
        long sums() {
            return sums;
        }

        Map<String, Integer> refused() {
            return refused;
        }

        private int refusals() {
            return refused.values().stream().mapToInt(Integer::intValue).sum();
        }

        /// `12 exact, 1 WRONG, 3 refused`
        @Override
        public String toString() {
            return "%,6d exact".formatted(exact) + (wrong > 0 ? ", %d WRONG".formatted(wrong) : "")
                    + (refused.isEmpty() ? "" : ", %d refused".formatted(refusals()));
        }
    }

    private final Map<String, Count> devices = new LinkedHashMap<>();

    void add(String device, Verdict verdict) {
        devices.computeIfAbsent(device, _ -> new Count()).add(verdict);
    }

    Map<String, Count> devices() {
        return devices;
    }

    boolean isExactOn(String device) {
        Count count = devices.get(device);
        return count != null && count.exact > 0;
    }

    /// `exact on reference (4) and cpu (3 of 4)`, `refused on cpu (why)`
    String text() {
        var parts = new LinkedHashMap<String, String>();
        devices.forEach((device, count) -> {
            int all = count.exact + count.wrong + count.refusals();
            if (count.wrong > 0) parts.merge("WRONG on ", "%s (%d of %d)".formatted(device, count.wrong, all), ProofCounts::and);
            else if (count.exact == 0) parts.merge("refused on ", "%s (%s)".formatted(device, reasons(count)), ProofCounts::and);
            else parts.merge("exact on ", "%s (%s)".formatted(device, all == count.exact ? all : count.exact + " of " + all), ProofCounts::and);
        });
        return parts.entrySet().stream().map(part -> part.getKey() + part.getValue()).collect(joining(", "));
    }

    private static String and(String one, String other) {
        return one + " and " + other;
    }

    private static String reasons(Count count) {
        return count.refused.keySet().stream().map(Failure::oneLine).collect(joining("; "));
    }

    Fields fields() {
        var fields = new Fields();
        devices.forEach((device, count) -> fields.put(device, new Fields().put("exact", count.exact).put("wrong", count.wrong)
                .put("results", count.results).put("int32_sums", count.sums).put("refused", count.refused)));
        return fields;
    }
}
