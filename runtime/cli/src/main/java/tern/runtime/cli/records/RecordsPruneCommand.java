package tern.runtime.cli.records;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.RecordsOption;

/// Forgets records that nobody will ask for again.
@Command(name = "prune", description = "Forget records that meet any of the conditions given.")
final class RecordsPruneCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private RecordsOption records;

    @Option(names = "--older-than", paramLabel = "DAYS", description = "Records made longer ago. Default: none.")
    private @Nullable Integer days;

    @Option(names = "--other", description = "Records of other machines, JDKs and versions of Tern: this one never asks for them.")
    private boolean other;

    @Option(names = "--failed", description = "Trials that failed: they are tried again by the next tuning.")
    private boolean failed;

    @Option(names = "--dry-run", description = "Only say how many there are.")
    private boolean dryRun;

    @Override
    public Integer call() {
        if (days == null && !other && !failed) throw new IllegalArgumentException("expected --older-than, --other or --failed");
        if (days != null && days < 0) throw new IllegalArgumentException("--older-than must not be negative: " + days);
        Predicate<Environment> elsewhere = elsewhere();
        Instant oldest = days == null ? Instant.MIN : Instant.now().minus(Duration.ofDays(days));
        try (Records kept = records.open()) {
            List<Trial> trials = kept.trials().stream()
                    .filter(t -> t.at().isBefore(oldest) || elsewhere.test(t.environment()) || failed && t.outcome() instanceof Failed)
                    .toList();
            List<Tuned> winners = kept.tuned().stream()
                    .filter(w -> w.at().isBefore(oldest) || elsewhere.test(w.environment()))
                    .toList();
            if (!dryRun) kept.removeAll(trials, winners);
            spec.commandLine().getOut().printf("%s %s and %s%n", dryRun ? "would forget" : "forgot",
                    Texts.count(winners.size(), "winner"), Texts.count(trials.size(), "trial"));
            spec.commandLine().getOut().println((dryRun ? "of   " : "left ") + RecordsContents.of(kept));
        }
        return 0;
    }

    private Predicate<Environment> elsewhere() {
        if (!other) return environment -> false;
        EnvironmentNames places = EnvironmentNames.atHand();
        if (!places.knowsHere()) throw new Failure.Unavailable("this installation has no CPU back end, so no record is its own");
        return environment -> !places.isHere(environment);
    }
}
