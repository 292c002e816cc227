package tern.runtime.cli.records;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tern.autotune.record.Environment;
import tern.autotune.record.Environment.Difference;
import tern.ir.device.Device;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.Devices;

/// The environments of some records, by short names: `here` is this machine with this JVM and this Tern, the others are A, B, and so on.
final class EnvironmentNames {

    private static final Set<String> SHOWN = Set.of("cpu", "vectors", "cores", "memory", "card", "driver");

    private final Optional<Environment> here;
    private final List<Environment> others = new ArrayList<>();
    private boolean hasHere;

    private EnvironmentNames(Optional<Environment> here) {
        this.here = here;
    }

    static EnvironmentNames atHand() {
        return new EnvironmentNames(here());
    }

    /// This machine with all its cores; empty if this installation cannot compile for it.
    static Optional<Environment> here() {
        Optional<Device> cpu = Devices.find(Devices.CPU, 0);
        if (cpu.isEmpty()) return Optional.empty();
        try (Device device = cpu.get()) {
            return Optional.of(Environment.of(device, Runtime.getRuntime().availableProcessors()));
        }
    }

    boolean knowsHere() {
        return here.isPresent();
    }

    /// Whether it is this machine, with however many threads.
    boolean isHere(Environment environment) {
        return here.map(own -> sameButThreads(own, environment)).orElse(false);
    }

    private static boolean sameButThreads(Environment one, Environment other) {
        return withoutThreads(one).equals(withoutThreads(other));
    }

    private static Environment withoutThreads(Environment e) {
        return new Environment(e.processor(), e.jdk(), e.generation(), 0);
    }

    /// `here`, `A`, `Z`, `A1`; and the number of threads.
    String name(Environment environment) {
        return place(environment) + ", " + (environment.threads() == 1 ? "1 thread" : environment.threads() + " threads");
    }

    private String place(Environment environment) {
        if (isHere(environment)) {
            hasHere = true;
            return "here";
        }
        Environment machine = withoutThreads(environment);
        if (!others.contains(machine)) others.add(machine);
        int number = others.indexOf(machine);
        return (char) ('A' + number % 26) + (number < 26 ? "" : "" + number / 26);
    }

    /// What the names mean that were given so far, a line each.
    String legend() {
        var text = new StringBuilder();
        if (hasHere) here.ifPresent(own -> text.append("here  ").append(describe(own)).append('\n'));
        for (Environment other : others) {
            text.append("%-4s  %s%n".formatted(place(other), describe(other)));
            here.ifPresent(own -> text.append("      differs from here: ").append(differences(own, other)).append('\n'));
        }
        return text.toString();
    }

    /// In short: what most people tell their machines apart by.
    private static String describe(Environment environment) {
        return describe(environment.processor()) + "; jdk " + Texts.printable(environment.jdk());
    }

    static String describe(String processor) {
        List<String> all = List.of(processor.split("; "));
        List<String> known = all.stream().filter(part -> SHOWN.contains(part.replaceFirst(" .*", ""))).toList();
        return Texts.printable(String.join("; ", known.isEmpty() ? all : known));
    }

    /// Every part of it, a line each.
    static List<String> parts(Environment environment) {
        var parts = new ArrayList<>(List.of(environment.processor().split("; ")));
        parts.addAll(List.of("jdk " + environment.jdk(), "generation " + environment.generation(), "threads " + environment.threads()));
        return parts;
    }

    /// `cores 2, there 4; jdk ...`; threads do not count.
    static String differences(Environment here, Environment there) {
        return withoutThreads(here).differences(withoutThreads(there)).stream().map(EnvironmentNames::describe).collect(joining("; "));
    }

    private static String describe(Difference difference) {
        return Texts.printable("%s %s, there %s".formatted(
                difference.part(),
                difference.mine().isEmpty() ? "unknown" : difference.mine(),
                difference.other().isEmpty() ? "unknown" : difference.other()));
    }
}
