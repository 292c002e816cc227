package tern.runtime.cli.records;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.RecordsOption;

/// Shows one record as a text: facts in its comments, then kernel, packing and schedules. `tern verify` and `tern dump` read it.
@Command(name = "show", description = "Show one record as a text that tern verify and tern dump read.")
final class RecordsShowCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ID", description = "Of a winner or trial, as listed, or its beginning.")
    private String id;

    @Mixin
    private RecordsOption records;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private final Recipe.Reader texts = new Recipe.Reader();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Records kept = records.open()) {
            List<Tuned> winners = kept.tuned().stream().filter(winner -> winner.identity().startsWith(id)).toList();
            List<Trial> trials = kept.trials().stream().filter(trial -> trial.identity().startsWith(id)).toList();
            int found = winners.size() + trials.size();
            if (id.isEmpty() || found != 1)
                throw new IllegalArgumentException("%s: %s begins with '%s'".formatted(
                        kept.name(), found == 0 ? "no record" : "not one record but " + found, Texts.printable(id)));
            EnvironmentNames places = EnvironmentNames.atHand();
            var nodes = new RecordsJson(places);
            for (Tuned winner : winners)
                if (json) out.println(nodes.fields(winner).json());
                else print(out, winner, places);
            for (Trial trial : trials)
                if (json) out.println(nodes.fields(trial).json());
                else print(out, trial, places);
        }
        out.flush();
        return 0;
    }

    private void print(PrintWriter out, Tuned w, EnvironmentNames places) {
        comment(out, "winner " + w.identity());
        comment(out, "found %s UTC, %s".formatted(Facts.minute(w.at()), places.name(w.environment())));
        comment(out, line(w.step(), Facts.of(w.step(), w.packing(), w.stepSchedule(), texts), w.stepSeconds()));
        comment(out, line(w.batch(), Facts.of(w.batch(), w.packing(), w.batchSchedule(), texts), w.batchSeconds()));
        EnvironmentNames.parts(w.environment()).forEach(part -> comment(out, "  " + part));
        texts(out, w.packing(), w.step().kernel(), w.stepSchedule(), w.batchSchedule());
    }

    private void print(PrintWriter out, Trial t, EnvironmentNames places) {
        Facts facts = Facts.of(t.problem(), t.candidate().packing(), t.candidate().schedule(), texts);
        comment(out, "trial " + t.identity());
        comment(out, "made %s UTC, %s".formatted(Facts.minute(t.at()), places.name(t.environment())));
        comment(out, switch (t.outcome()) {
            case Measured m -> line(t.problem(), facts, m.seconds()) + ", from %s to %s us in %d samples"
                    .formatted(Facts.micros(m.min()), Facts.micros(m.max()), m.samples());
            case Failed f -> "%s %s, n %d: %s".formatted(facts.kernel(), Facts.shape(t.problem()), t.problem().maxTokens(), RecordsListCommand.reason(f));
        });
        if (t.outcome() instanceof Failed failed) failed.detail().lines().forEach(line -> comment(out, "  " + line));
        EnvironmentNames.parts(t.environment()).forEach(part -> comment(out, "  " + part));
        texts(out, t.candidate().packing(), t.problem().kernel(), t.candidate().schedule());
    }

    private static String line(ProblemKey problem, Facts facts, double seconds) {
        String bandwidth = facts.bandwidth(seconds);
        return "%s %s, n %d: %s, %s, %s us%s".formatted(facts.kernel(), Facts.shape(problem), problem.maxTokens(), facts.packing(),
                facts.how(), Facts.micros(seconds), bandwidth.isEmpty() ? "" : ", " + bandwidth + " GB/s of weights");
    }

    private static void comment(PrintWriter out, String line) {
        out.println("// " + Texts.printable(line));
    }

    private static void texts(PrintWriter out, String... texts) {
        for (String text : texts) {
            out.println();
            text.lines().map(Texts::printable).forEach(out::println);
        }
    }
}
