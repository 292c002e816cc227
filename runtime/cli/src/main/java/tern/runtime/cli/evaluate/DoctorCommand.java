package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.store.WholeFile;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Prompts;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Report;
import tern.runtime.doctor.Doctor;
import tern.runtime.doctor.Finding;
import tern.runtime.doctor.Finding.Verdict;
import tern.runtime.doctor.SublayerCheck;

/// `tern doctor`: whether a model is right, and where not.
@Command(
        name = "doctor",
        description = "Looks a model over: scales, norms, weights, every part against f64, activation, RoPE pairs, tied head, template.")
public final class DoctorCommand implements Callable<Integer> {

    /// Text that any language model predicts better than by guessing.
    private static final String TEXT =
            "The sun rises in the east and sets in the west. One, two, three, four, five, six, seven, eight, nine, ten.";

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = "GGUF file")
    Path model = Path.of("");

    @Option(names = "--file", paramLabel = "TEXT",
            description = "UTF-8 text of the kind that the model was made for; with --tokens, token ids (default: some English)")
    @Nullable
    Path file;

    @Option(names = "--tokens", description = "the file holds token ids, little-endian int32, used as they are")
    boolean ids;

    @Option(names = "--first", paramLabel = "N", description = "tokens that are used, at most (default: ${DEFAULT-VALUE})")
    int first = 24;

    @Option(
            names = "--reference",
            paramLabel = "R.f32",
            description = "what another program computed for these tokens, little-endian float32: logits [tokens, vocabulary], "
                    + "or the residual stream after embedding, attention and feed-forward parts [2 layers + 1, tokens, hidden] (default: none)")
    @Nullable
    Path reference;

    @Option(names = "--dump", paramLabel = "OUT.f32", description = "write the residual streams, as --reference reads them (default: none)")
    @Nullable
    Path dump;

    @Option(names = "--json", description = "print one JSON object instead of a table")
    boolean json;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (first < 2) throw new IllegalArgumentException("--first must be 2 or more: " + first);
        if (ids && file == null) throw new IllegalArgumentException("--tokens says what --file holds, but there is no --file");
        FloatBuffer given = reference == null ? null : floats(reference);
        if (options.context == 0) options.context = first;
        options.batch = Math.max(options.batch, first);
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            int[] tokens = tokens(running);
            var doctor = new Doctor(running.source());
            var findings = new ArrayList<Finding>();
            findings.addAll(TextFacts.findings(running));
            findings.addAll(Console.withBar("read weights", doctor::file));
            SublayerCheck run = Doctor.run(running.model(), tokens, arena);
            if (dump != null) write(run, dump);
            findings.addAll(Console.withBar("compute in f64", bar -> doctor.parts(run, tokens, given, bar)));
            findings.addAll(Console.withBar("ask in f64", bar -> doctor.ambiguities(tokens, bar)));
            ReportOptions.print(report(findings), json, spec.commandLine().getOut());
            return findings.stream().anyMatch(f -> f.verdict() == Verdict.WRONG) ? 1 : 0;
        }
    }

    private int[] tokens(ModelOptions.Running running) throws IOException {
        int[] all = ids && file != null
                ? TokenFile.read(file)
                : Prompts.encode(running.tokenizer(), file == null ? TEXT : PplCommand.text(file));
        if (all.length < 2) throw new IllegalArgumentException("two tokens at least are needed, found " + all.length);
        return Arrays.copyOf(all, Math.min(all.length, Math.min(first, running.model().context())));
    }

    private static FloatBuffer floats(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        if (Files.size(file) % 4 != 0 || Files.size(file) > Integer.MAX_VALUE - 8)
            throw new IllegalArgumentException("%s: %d bytes are no list of float32 that is read".formatted(file, Files.size(file)));
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    private static void write(SublayerCheck run, Path file) throws IOException {
        WholeFile.write(file, channel -> {
            for (float[] part : run.parts()) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * part.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(part);
                TokenFile.append(channel, MemorySegment.ofBuffer(bytes));
            }
        });
    }

    private static Report report(List<Finding> findings) {
        int wrong = (int) findings.stream().filter(f -> f.verdict() == Verdict.WRONG).count();
        Columns<Finding> columns = new Columns<Finding>()
                .add("verdict", "", Format.PLAIN, f -> f.verdict().name().toLowerCase(Locale.ROOT))
                .show("what", Format.PLAIN, f -> Texts.printable(f.subject()))
                .field("subject", Finding::subject)
                .add("detail", "found", Format.PLAIN, Finding::detail);
        var report = new Report();
        report.fields().put("right", wrong == 0).putAll("findings", findings, columns::fields);
        return report.add(columns.grid(findings)).line(wrong == 0 ? "nothing wrong was found" : Texts.count(wrong, "thing") + " wrong");
    }
}
