package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Report;
import tern.runtime.evaluate.Comparison;
import tern.runtime.model.Session;

/// `tern compare`: two models, or one model run in two ways, on the same tokens.
@Command(
        name = "compare",
        description = "Compares the predictions of two models, or of one model on two devices or in two packings, on the same tokens.")
public final class CompareCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "A.gguf", description = "what is measured against")
    Path first = Path.of("");

    @Parameters(index = "1", arity = "0..1", paramLabel = "B.gguf", description = "what is measured (default: A)")
    @Nullable
    Path second;

    @Option(names = "--b-device", paramLabel = "D", description = "--device of B, if another (default: A's)")
    @Nullable
    String device;

    @Option(names = "--b-packing", paramLabel = "P", description = "--packing of B, if another (default: A's)")
    @Nullable
    String packing;

    @Option(names = "--b-threads", paramLabel = "T", description = "--threads of B, if others (default: A's)")
    @Nullable
    Integer threads;

    @Option(names = "--b-kv", paramLabel = "E", description = "--kv of B, if another (default: A's)")
    @Nullable
    String kv;

    @Option(names = "--b-activations", paramLabel = "A", description = "--activations of B, if others (default: A's)")
    @Nullable
    String activations;

    @Mixin
    TokenOptions tokens = new TokenOptions();

    @Option(names = "--json", description = "print one JSON object instead of a table")
    boolean json;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        tokens.check();
        Path other = second == null ? first : second;
        try (Arena arena = Arena.ofShared();
                var a = Console.withBar("pack A", bar -> options.load(first, arena, bar));
                var b = Console.withBar("pack B", bar -> optionsOfB().load(other, arena, bar))) {
            int vocabulary = a.model().config().vocabulary();
            if (b.model().config().vocabulary() != vocabulary)
                throw new IllegalArgumentException("A has a vocabulary of %d and B of %d: their predictions cannot be compared"
                        .formatted(vocabulary, b.model().config().vocabulary()));
            int[] ids = tokens.read(a, Math.min(a.model().context(), b.model().context()));
            Comparison result = Console.withBar("compare", bar -> compare(a, b, ids, arena, bar));
            ReportOptions.print(report(result), json, spec.commandLine().getOut());
        }
        return 0;
    }

    private ModelOptions optionsOfB() {
        var other = new ModelOptions();
        other.threads = threads == null ? options.threads : threads;
        other.device = device == null ? options.device : device;
        other.fallback = options.fallback;
        other.packing = packing == null ? options.packing : packing;
        other.kv = kv == null ? options.kv : kv;
        other.activations = activations == null ? options.activations : activations;
        other.context = options.context;
        other.batch = options.batch;
        other.armI2s = options.armI2s;
        other.cache = options.cache;
        other.records = options.records;
        return other;
    }

    /// Both take the tokens up in turn, some at a time, so that only the logits of those are kept.
    private Comparison compare(ModelOptions.Running a, ModelOptions.Running b, int[] ids, Arena arena, LongConsumer bar) {
        int vocabulary = a.model().config().vocabulary(), batch = options.batch;
        long row = 4L * vocabulary;
        Session one = a.model().session(true, 0), two = b.model().session(true, 0);
        MemorySegment kept = arena.allocate(row * batch, 64), current = arena.allocate(row, 64);
        Comparison[] result = {Comparison.NONE};
        for (int from = 0; from < ids.length; from += batch) {
            int[] some = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + batch));
            one.feed(some, current, (i, logits) -> kept.asSlice(i * row, row).copyFrom(logits));
            two.feed(some, current, (i, logits) -> result[0] = result[0].plus(kept.asSlice(i * row, row), logits, vocabulary));
            bar.accept((from + some.length) * 1000L / ids.length);
        }
        return result[0];
    }

    private static Report report(Comparison r) {
        var report = new Report();
        report.fields().put("positions", r.positions()).put("same_best", r.sameBest()).put("agreement", r.agreement())
                .put("mean_kl_divergence", r.meanDivergence()).put("largest_kl_divergence", r.worst()).put("largest_kl_divergence_at", r.worstAt())
                .put("rms_logit_difference", r.rootMeanSquare()).put("largest_logit_difference", r.difference())
                .put("largest_logit_difference_at", r.differenceAt()).put("identical_positions", r.identical());
        return report.add(new Grid("measure", "value", "at")
                .row("positions", r.positions(), "")
                .row("same likeliest token", "%d (%s)".formatted(r.sameBest(), number("%.2f %%", 100 * r.agreement())), "")
                .row("KL divergence of B from A, mean", number("%.3e nats", r.meanDivergence()), "")
                .row("KL divergence of B from A, largest", number("%.3e nats", r.worst()), place(r.worstAt()))
                .row("difference of logits, root mean square", number("%.3e", r.rootMeanSquare()), "")
                .row("difference of logits, largest", number("%.3e", r.difference()), place(r.differenceAt()))
                .row("identical bits", r.identical(), ""));
    }

    private static String place(int position) {
        return position < 0 ? "" : String.valueOf(position);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
