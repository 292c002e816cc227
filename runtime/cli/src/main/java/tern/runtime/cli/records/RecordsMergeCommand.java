package tern.runtime.cli.records;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.record.Records;
import tern.runtime.cli.option.RecordsOption;

/// Adds what others kept: of two records of the same thing the later one stays.
@Command(name = "merge", description = "Add the records of other files or databases; of two of the same thing the later one stays.")
final class RecordsMergeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FROM", description = "Files of records, or jdbc:postgresql://...")
    private List<String> sources = new ArrayList<>();

    @Mixin
    private RecordsOption records;

    @Override
    public Integer call() throws IOException {
        var read = new ArrayList<RecordsContents>();
        for (String source : sources) read.add(RecordsContents.read(source)); // all of them before anything is changed
        try (Records into = records.open()) {
            for (RecordsContents from : read) {
                into.addAll(from.trials(), from.winners());
                spec.commandLine().getOut().println("from " + from);
            }
            spec.commandLine().getOut().println("now  " + RecordsContents.of(into));
        }
        return 0;
    }
}
