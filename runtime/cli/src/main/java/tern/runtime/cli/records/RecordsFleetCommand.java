package tern.runtime.cli.records;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tern.autotune.record.Records;
import tern.runtime.cli.option.RecordsOption;
import tern.runtime.cli.option.ReportOptions;

/// Shows the machines that share records.
@Command(
        name = "fleet",
        description = "Show the machines that share these records: fingerprints, what each has tuned, what is missing, speed against the roofline, and machines that are 30 %% slower than their like.")
final class RecordsFleetCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RecordsOption records = new RecordsOption();

    @Mixin
    private ReportOptions output = new ReportOptions();

    @Override
    public Integer call() throws IOException {
        output.check();
        try (Records kept = records.open()) {
            String now = Facts.minute(Instant.now()) + " UTC";
            output.write(FleetReport.of(kept.name(), kept.tuned(), kept.trials(), kept.machines(), now), spec.commandLine().getOut());
        }
        return 0;
    }
}
