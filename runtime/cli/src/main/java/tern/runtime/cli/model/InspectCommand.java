package tern.runtime.cli.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.model.ModelFile;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TritCounts;

/// Shows what is in a model's files.
@Command(name = "inspect", description = "Show what is in a model: configuration, tokenizer, tensors, ternary weights.")
public final class InspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "F", description = ModelOptions.MODEL)
    private Path file;

    @Mixin
    private ReportOptions output;

    @Option(names = "--no-weights", description = "Leave the weights unread: sizes only.")
    private boolean noWeights;

    @Option(names = "--i2s-arm", description = "I2_S tensors have the layout of files quantized on ARM")
    private boolean armI2s;

    @Override
    public Integer call() throws IOException {
        if (output.page != null && noWeights) throw new IllegalArgumentException("--report shows weights, and --no-weights leaves them out");
        output.check();
        try (Arena arena = Arena.ofShared()) {
            ModelFile found = ModelFile.find(file);
            ModelFacts facts = ModelFacts.of(found, arena);
            List<TritCounts.OfTensor> weights = noWeights || facts.config().isEmpty() ? List.of() : count(arena);
            output.write(InspectReport.of(facts, weights), spec.commandLine().getOut());
        }
        return 0;
    }

    private List<TritCounts.OfTensor> count(Arena arena) throws IOException {
        ModelSource model = ModelSource.open(file, arena, armI2s);
        long total = model.config().ternaryWeights();
        try (Bar bar = Bar.of("reading weights", " M", 1_000_000)) {
            return TritCounts.of(model, done -> bar.at(done, total));
        }
    }
}
