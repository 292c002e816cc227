package tern.runtime.cli.records;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Recipe;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.RecordsOption;
import tern.runtime.cli.report.Grid;

/// Lists winners, and with `--trials` all that was tried.
@Command(name = "list", description = "List the winners; with --trials all that was tried.")
final class RecordsListCommand implements Callable<Integer> {

    /// Digits of an identity that are shown, as many as anyone types.
    static final int SHORT = 10;

    @Spec
    private CommandSpec spec;

    @Mixin
    private RecordsOption records;

    @Option(names = "--trials", description = "List all that was tried.")
    private boolean trials;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private final Recipe.Reader texts = new Recipe.Reader();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Records kept = records.open()) {
            List<Tuned> winners = kept.tuned();
            List<Trial> tried = kept.trials();
            EnvironmentNames places = EnvironmentNames.atHand();
            if (json) out.println(new RecordsJson(places).list(kept.name(), winners, trials ? tried : List.of()).json());
            else print(out, kept.name(), winners, tried, places);
        }
        out.flush();
        return 0;
    }

    private void print(PrintWriter out, String name, List<Tuned> winners, List<Trial> tried, EnvironmentNames places) {
        long failed = tried.stream().filter(trial -> trial.outcome() instanceof Failed).count();
        out.printf("%s: %s, %s%s%n", name, Texts.count(winners.size(), "winner"), Texts.count(tried.size(), "trial"),
                failed == 0 ? "" : ", %d of them failed".formatted(failed));
        if (!winners.isEmpty()) out.print("\n" + winners(winners, places));
        if (trials && !tried.isEmpty()) out.print("\n" + trials(tried, places));
        if (!places.legend().isEmpty()) out.print("\n" + places.legend());
    }

    private Grid winners(List<Tuned> winners, EnvironmentNames places) {
        var table = new Grid("winner", "kernel", "m x k", "packing", "step", "us", "GB/s", "batch", "n", "us", "found (UTC)", "where");
        for (Tuned w : winners) {
            Facts step = Facts.of(w.step(), w.packing(), w.stepSchedule(), texts);
            Facts batch = Facts.of(w.batch(), w.packing(), w.batchSchedule(), texts);
            table.row(
                    w.identity().substring(0, SHORT), step.kernel(), Facts.shape(w.step()), step.packing(), step.how(),
                    Facts.micros(w.stepSeconds()), step.bandwidth(w.stepSeconds()), batch.how(), w.batch().maxTokens(),
                    Facts.micros(w.batchSeconds()), Facts.minute(w.at()), places.name(w.environment()));
        }
        return table;
    }

    private Grid trials(List<Trial> tried, EnvironmentNames places) {
        var table = new Grid("trial", "kernel", "m x k", "n", "packing", "schedule", "us", "GB/s", "samples", "outcome", "made (UTC)", "where");
        for (Trial t : tried) {
            Facts facts = Facts.of(t.problem(), t.candidate().packing(), t.candidate().schedule(), texts);
            boolean measured = t.outcome() instanceof Measured;
            double seconds = t.outcome() instanceof Measured m ? m.seconds() : 0;
            table.row(
                    t.identity().substring(0, SHORT), facts.kernel(), Facts.shape(t.problem()), t.problem().maxTokens(), facts.packing(),
                    facts.how(), measured ? Facts.micros(seconds) : "", facts.bandwidth(seconds),
                    t.outcome() instanceof Measured m ? m.samples() : "", outcome(t), Facts.minute(t.at()), places.name(t.environment()));
        }
        return table;
    }

    /// `9.8 .. 13.1 us`; `wrong: result of token 0 is ...`, the first line of it.
    static String outcome(Trial trial) {
        return switch (trial.outcome()) {
            case Measured m -> "%s .. %s us".formatted(Facts.micros(m.min()), Facts.micros(m.max()));
            case Failed f -> Texts.printable(reason(f) + f.detail().lines().findFirst().map(line -> ": " + line).orElse(""));
        };
    }

    static String reason(Failed failed) {
        return switch (failed.reason()) {
            case REFUSED -> "refused";
            case WRONG -> "wrong";
            case NOT_VECTORISED -> "not vectorised";
            case TIMEOUT -> "too slow";
            case CRASHED -> "crashed";
        };
    }
}
