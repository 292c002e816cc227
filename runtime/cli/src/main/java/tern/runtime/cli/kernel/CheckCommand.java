package tern.runtime.cli.kernel;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
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
import tern.ir.text.Tir;
import tern.runtime.cli.console.Texts;

/// Proves the packings of a text.
@Command(name = "check", description = "Check a text: prove its packings over their tiles, check its kernels and schedules.")
public final class CheckCommand implements Callable<Integer> {

    /// Combinations of digits that are shown of those that a codec cannot hold.
    private static final int SHOWN = 3;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "F.tir", description = "The text.")
    private Path file;

    @Option(names = "--picture", paramLabel = "F.svg", description = "Draw the packings' whole tiles: every field, digit and scale.")
    private @Nullable Path picture;

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
        }
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
