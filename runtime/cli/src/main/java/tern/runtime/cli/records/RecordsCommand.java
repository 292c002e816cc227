package tern.runtime.cli.records;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What was measured, for people: one class a subcommand.
@Command(
        name = "records",
        description = "Show, share and tidy up what was tuned.",
        subcommands = {
            RecordsListCommand.class,
            RecordsFleetCommand.class,
            RecordsShowCommand.class,
            RecordsDiffCommand.class,
            RecordsMergeCommand.class,
            RecordsPruneCommand.class,
            RecordsExportCommand.class,
            RecordsImportCommand.class,
            RecordsTrustCommand.class
        })
public final class RecordsCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
