package tern.runtime.cli.kernel;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.picture.PackingPicture;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.console.Texts;
import tern.runtime.model.ModelFit;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TritCounts;

/// Proves the packings of a text.
@Command(name = "check", description = "Check a text: prove its packings over their tiles, check its kernels and schedules.")
public final class CheckCommand implements Callable<Integer> {

    /// Combinations of digits that are shown of those that a codec cannot hold.
    private static final int SHOWN = 3;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "F.tir", description = "The text.")
    private Path file;

    @Option(names = "--picture", paramLabel = "F.svg", description = "Draw the packings' whole tiles: every field, digit and scale. Default: none.")
    private @Nullable Path picture;

    @Option(names = "--target", paramLabel = "T", description = "Ways to multiply on this CPU or GPU. Default: one of each kind.")
    private @Nullable String target;

    @Option(names = "--model", paramLabel = "F", description = "Whether the packings hold a model's weights, and what these are worth in bits. Default: none.")
    private @Nullable Path model;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Tir tir = Texts.parse(file);
        Set<Codec> codecs = new LinkedHashSet<>(tir.codecs());
        for (Packing packing : tir.packings()) packing.sections().forEach(s -> codecs.add(s.codec()));
        for (Codec codec : codecs) out.println("codec " + describe(CodeBook.of(codec)));
        for (Packing packing : tir.packings()) {
            PackingCheck.Report report = PackingCheck.of(packing);
            report.require();
            out.println("packing " + report);
            say(packing, out);
        }
        if (model != null) fit(model, tir, out);
        if (picture != null) {
            if (tir.packings().isEmpty()) throw new IllegalArgumentException(file + ": no packing to draw");
            Files.writeString(picture, PackingPicture.svg(tir.packings()));
        }
        for (KernelDef kernel : tir.kernels()) out.println("kernel " + describe(kernel));
        for (Tir.Planned planned : tir.schedules())
            out.println("schedule for " + planned.schedule().kernel() + " on " + planned.target());
        out.printf("%s: sound (%s)%n", file, String.join(", ", List.of(
                Texts.count(tir.codecs().size(), "codec"), Texts.count(tir.packings().size(), "packing"),
                Texts.count(tir.kernels().size(), "kernel"), Texts.count(tir.schedules().size(), "schedule"))));
        return 0;
    }

    /// Bits, and ways to multiply.
    private void say(Packing packing, PrintWriter out) {
        List<Target> machines = target == null ? List.of() : List.of(Targets.of(target));
        out.printf("  bits a weight: %s; a trit is worth %.4f%n", PackingCheck.split(packing), Math.log(3) / Math.log(2));
        PackingWays.table(packing, machines).toString().lines().forEach(line -> out.println("  " + line));
    }

    private static void fit(Path model, Tir tir, PrintWriter out) throws IOException {
        try (Arena arena = Arena.ofShared(); Bar bar = Bar.of("reading weights", " M", 1_000_000)) {
            ModelSource source = ModelSource.open(model, arena, false);
            long weights = source.config().ternaryWeights();
            TritCounts all =
                    TritCounts.of(source, done -> bar.at(done, weights)).stream().map(TritCounts.OfTensor::counts).reduce(TritCounts::plus).orElseThrow();
            out.printf("%s: %,d weights, %.1f %% of them 0, worth %.4f bits each%n", model, all.total(), 100 * all.sparsity(), all.entropy());
            for (Packing packing : tir.packings()) out.printf("packing %s: %s%n", packing.name(), ModelFit.of(packing, source));
        }
    }

    private static String describe(CodeBook book) {
        Codec codec = book.codec();
        int used = 0;
        for (int code = 0; code < book.codes(); code++) if (book.isUsed(code)) used++;
        String facts = "%s: %s from %d to %d in %s, %d of %d codes used".formatted(
                codec.name(), Texts.count(codec.digits(), "weight"), book.alphabet().low(), book.alphabet().high(),
                Texts.count(codec.bits(), "bit"), used, book.codes());
        List<List<Integer>> refused = book.refused(Integer.MAX_VALUE);
        if (refused.isEmpty()) return facts;
        String some = refused.stream()
                .limit(SHOWN)
                .map(digits -> digits.stream().map(String::valueOf).collect(joining(" ")))
                .collect(joining(", "));
        return facts + "; cannot hold %d combinations of weights: %s%s".formatted(
                refused.size(), some, refused.size() > SHOWN ? ", ..." : "");
    }

    private static String describe(KernelDef kernel) {
        return "%s: %s; result %s[%s]".formatted(
                kernel.name(),
                Texts.count(kernel.weights().size(), "matrix").replace("matrixs", "matrices"),
                kernel.result().kind(),
                String.join(", ", kernel.result().dims()));
    }
}
