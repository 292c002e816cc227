package tern.runtime.cli.records;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Tuned;

/// Winners of two places side by side.
final class WinnerPairs {

    private WinnerPairs() {}

    enum Kind {
        ONLY_FIRST,
        ONLY_SECOND,
        SAME_RECORD,
        /// Measured at another time or elsewhere, with the same packing and schedules.
        SAME_CHOICE,
        OTHER_CHOICE
    }

    /// Two winners for the same problems, or one that has no partner.
    record Pair(Optional<Tuned> first, Optional<Tuned> second) {

        Tuned any() {
            return first.or(() -> second).orElseThrow();
        }

        Kind kind() {
            if (first.isEmpty()) return Kind.ONLY_SECOND;
            if (second.isEmpty()) return Kind.ONLY_FIRST;
            Tuned a = first.get(), b = second.get();
            if (a.equals(b)) return Kind.SAME_RECORD;
            boolean same = a.packing().equals(b.packing())
                    && a.stepSchedule().equals(b.stepSchedule())
                    && a.batchSchedule().equals(b.batchSchedule());
            return same ? Kind.SAME_CHOICE : Kind.OTHER_CHOICE;
        }

        /// How many times as long a step of the second takes.
        Optional<Double> stepRatio() {
            return first.flatMap(a -> second.filter(b -> a.stepSeconds() > 0).map(b -> b.stepSeconds() / a.stepSeconds()));
        }
    }

    private record Subject(ProblemKey step, ProblemKey batch) {
        static Subject of(Tuned winner) {
            return new Subject(winner.step(), winner.batch());
        }
    }

    private static final class Group {
        final List<Tuned> first = new ArrayList<>(), second = new ArrayList<>();
    }

    /// Of the same problems, first those of the same environment, then the latest with the latest.
    static List<Pair> of(List<Tuned> first, List<Tuned> second) {
        Map<Subject, Group> groups = new LinkedHashMap<>();
        first.forEach(one -> groups.computeIfAbsent(Subject.of(one), _ -> new Group()).first.add(one));
        second.forEach(one -> groups.computeIfAbsent(Subject.of(one), _ -> new Group()).second.add(one));
        var pairs = new ArrayList<Pair>();
        groups.values().forEach(group -> pair(group, pairs));
        return pairs;
    }

    private static void pair(Group group, List<Pair> pairs) {
        for (Tuned one : List.copyOf(group.first))
            group.second.stream().filter(other -> other.environment().equals(one.environment())).findFirst().ifPresent(other -> {
                pairs.add(new Pair(Optional.of(one), Optional.of(other)));
                group.first.remove(one);
                group.second.remove(other);
            });
        Comparator<Tuned> latestFirst = Comparator.comparing(Tuned::at).reversed().thenComparing(Tuned::identity);
        List<Tuned> left = group.first.stream().sorted(latestFirst).toList(), right = group.second.stream().sorted(latestFirst).toList();
        for (int i = 0; i < Math.max(left.size(), right.size()); i++)
            pairs.add(new Pair(
                    i < left.size() ? Optional.of(left.get(i)) : Optional.empty(),
                    i < right.size() ? Optional.of(right.get(i)) : Optional.empty()));
    }
}
