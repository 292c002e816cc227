package tern.runtime.cli.records;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.record.Recipe;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.option.RecordsOption;
import tern.runtime.cli.records.WinnerPairs.Pair;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Grid;

/// Compares the winners of two places, such as two machines' or those before and after a change.
@Command(name = "diff", description = "Compare the winners with those of another file, database or bundle.")
final class RecordsDiffCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "OTHER", description = "A file of records, jdbc:postgresql://..., or a bundle.")
    private String other;

    @Mixin
    private RecordsOption records;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private final Recipe.Reader texts = new Recipe.Reader();

    @Override
    public Integer call() throws IOException {
        RecordsContents second = RecordsContents.read(other), first;
        try (Records kept = records.open()) {
            first = RecordsContents.of(kept);
        }
        List<Pair> pairs = WinnerPairs.of(first.winners(), second.winners());
        PrintWriter out = spec.commandLine().getOut();
        if (json) out.println(fields(first, second, pairs).json());
        else print(out, first, second, pairs);
        out.flush();
        return 0;
    }

    private void print(PrintWriter out, RecordsContents first, RecordsContents second, List<Pair> pairs) {
        EnvironmentNames places = EnvironmentNames.atHand();
        out.println("1  " + first);
        out.println("2  " + second);
        if (!pairs.isEmpty()) out.print("\n" + table(pairs, places) + "\n");
        out.print(places.legend());
        Set<Trial> mine = Set.copyOf(first.trials()), theirs = Set.copyOf(second.trials());
        long both = mine.stream().filter(theirs::contains).count();
        out.printf("trials: %d in both, %d only in 1, %d only in 2%n", both, mine.size() - both, theirs.size() - both);
    }

    private Grid table(List<Pair> pairs, EnvironmentNames places) {
        var table = new Grid("kernel", "m x k", "n", "packing 1", "step us", "where 1", "packing 2", "step us", "where 2", "2 takes", "verdict");
        for (Pair pair : pairs) {
            Tuned any = pair.any();
            table.row(
                    facts(any).kernel(), Facts.shape(any.step()), any.batch().maxTokens(),
                    cell(pair.first().map(one -> facts(one).packing())), cell(pair.first().map(one -> Facts.micros(one.stepSeconds()))),
                    cell(pair.first().map(one -> places.name(one.environment()))),
                    cell(pair.second().map(one -> facts(one).packing())), cell(pair.second().map(one -> Facts.micros(one.stepSeconds()))),
                    cell(pair.second().map(one -> places.name(one.environment()))),
                    cell(pair.stepRatio().map("%.2f x"::formatted)), verdict(pair));
        }
        return table;
    }

    private Facts facts(Tuned winner) {
        return Facts.of(winner.step(), winner.packing(), winner.stepSchedule(), texts);
    }

    private static String cell(Optional<String> text) {
        return text.orElse("");
    }

    private static String verdict(Pair pair) {
        return switch (pair.kind()) {
            case ONLY_FIRST -> "only in 1";
            case ONLY_SECOND -> "only in 2";
            case SAME_RECORD -> "the same record";
            case SAME_CHOICE -> "the same choice";
            case OTHER_CHOICE -> "another choice";
        };
    }

    private static Fields fields(RecordsContents first, RecordsContents second, List<Pair> pairs) {
        var records = new RecordsJson(EnvironmentNames.atHand());
        return new Fields().put("first", first.name()).put("second", second.name())
                .putAll("winners", pairs, pair -> new Fields().put("verdict", pair.kind().name().toLowerCase(Locale.ROOT))
                        .put("first", pair.first().map(records::fields)).put("second", pair.second().map(records::fields)));
    }
}
