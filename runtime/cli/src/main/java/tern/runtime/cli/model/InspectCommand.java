package tern.runtime.cli.model;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.console.Table;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.model.ModelFacts.TensorFacts;
import tern.runtime.cli.model.ModelFacts.TokenizerFacts;
import tern.runtime.cli.model.ModelFacts.Total;
import tern.runtime.cli.option.ModelOptions;
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

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = "--report", paramLabel = "F.html", description = "Write a page with pictures of the weights as well. Default: none.")
    private @Nullable Path report;

    @Option(names = "--no-weights", description = "Leave the weights unread: sizes only.")
    private boolean noWeights;

    @Option(names = "--i2s-arm", description = "I2_S tensors have the layout of files quantized on ARM")
    private boolean armI2s;

    @Override
    public Integer call() throws IOException {
        if (report != null && noWeights) throw new IllegalArgumentException("--report shows weights, and --no-weights leaves them out");
        if (report != null) Page.checkPlace(report);
        try (Arena arena = Arena.ofShared()) {
            ModelFile found = ModelFile.find(file);
            ModelFacts facts = ModelFacts.of(found, arena);
            List<TritCounts.OfTensor> weights = noWeights || facts.config().isEmpty() ? List.of() : count(arena);
            PrintWriter out = spec.commandLine().getOut();
            if (json) out.println(InspectJson.of(facts, weights));
            else out.print(toText(facts, weights));
            out.flush();
            if (report != null) WeightsPage.of(facts, weights).write(report);
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

    private static String toText(ModelFacts facts, List<TritCounts.OfTensor> weights) {
        var text = new StringBuilder();
        text.append("%s: %s%n".formatted(facts.file(), facts.format()));
        if (!facts.name().isEmpty()) text.append("name          %s%n".formatted(Texts.printable(facts.name())));
        text.append("architecture  %s%s%n".formatted(
                facts.architecture().isEmpty() ? "none" : Texts.printable(facts.architecture()),
                facts.config().isPresent() ? "" : ", which Tern does not run"));
        facts.config().ifPresent(config -> {
            ModelFacts.sizes(config).forEach((name, value) -> text.append("  %-16s %s%n".formatted(name, value)));
            text.append("  %-16s %s%n".formatted("block", ModelFacts.block(config)));
        });
        text.append(facts.tokenizer().map(InspectCommand::toText).orElse("tokenizer     none that Tern reads%n".formatted()));
        facts.notes().forEach(note -> text.append("note          %s%n".formatted(note)));
        var tensors = new Table("tensor", "shape", "type", "bytes", "bits a weight");
        for (TensorFacts t : facts.tensors())
            tensors.row(Texts.printable(t.name()), shape(t), t.type(), "%,d".formatted(t.bytes()), "%.4f".formatted(t.bitsPerWeight()));
        text.append('\n').append(tensors).append('\n');
        if (!weights.isEmpty()) text.append(toText(weights)).append('\n');
        var totals = new Table("type", "tensors", "weights", "bytes", "bits a weight");
        facts.totals().forEach((type, total) -> row(totals, type, total));
        row(totals, "all", facts.total());
        return text.append(totals).toString();
    }

    private static Table toText(List<TritCounts.OfTensor> weights) {
        var table = new Table("ternary tensor", "-1", "0", "+1", "zeros %", "entropy", "scale");
        for (TritCounts.OfTensor one : weights) row(table, one.shape().name(), one.counts(), one.scale());
        row(table, "all", weights.stream().map(TritCounts.OfTensor::counts).reduce(new TritCounts(0, 0, 0), TritCounts::plus), "");
        return table;
    }

    private static void row(Table table, String name, TritCounts c, String scale) {
        table.row(name, "%,d".formatted(c.minus()), "%,d".formatted(c.zero()), "%,d".formatted(c.plus()),
                String.format(Locale.ROOT, "%.2f", 100 * c.sparsity()), String.format(Locale.ROOT, "%.4f", c.entropy()), scale);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    private static void row(Table table, String type, Total total) {
        table.row(type, total.tensors(), "%,d".formatted(total.weights()), "%,d".formatted(total.bytes()),
                "%.4f".formatted(total.bitsPerWeight()));
    }

    private static String toText(TokenizerFacts t) {
        return "tokenizer     %s, %,d tokens, %,d of them special, %,d merges; begin %s, end %s, stops %s; %s%n".formatted(
                t.model(), t.tokens(), t.specials().size(), t.merges(), id(t.bos()), id(t.eos()), t.stops(),
                t.chatTemplate() ? "a chat template" : "no chat template");
    }

    private static String id(int id) {
        return id < 0 ? "none" : "" + id;
    }

    /// `m x k`: rows first, as everywhere else in Tern.
    private static String shape(TensorFacts tensor) {
        return tensor.shape().isEmpty() ? "1" : tensor.shape().reversed().stream().map(String::valueOf).collect(joining(" x "));
    }
}
