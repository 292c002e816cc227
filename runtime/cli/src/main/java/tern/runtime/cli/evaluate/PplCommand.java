package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Prompts;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.cli.report.Report;
import tern.runtime.evaluate.Perplexity;
import tern.runtime.evaluate.Perplexity.Estimate;
import tern.runtime.tokenizer.Tokenizer;

/// `tern ppl`: how well a model predicts a text.
@Command(name = "ppl", description = "Perplexity of a text, as llama.cpp's tool defines it.")
public final class PplCommand implements Callable<Integer> {

    private static final int USUAL_CONTEXT = 2048;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = "GGUF file")
    Path model = Path.of("");

    @Option(names = "--file", required = true, paramLabel = "TEXT", description = "UTF-8 text; with --tokens, token ids")
    Path file = Path.of("");

    @Option(names = "--tokens", description = "the file holds token ids, little-endian int32, used as they are")
    boolean ids;

    @Option(names = "--chunks", paramLabel = "N", description = "most chunks to read; 0 = all (default: ${DEFAULT-VALUE})")
    int chunks = 0;

    @Option(names = "--json", description = "print one JSON object instead of a line")
    boolean json;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (chunks < 0) throw new IllegalArgumentException("--chunks must not be negative: " + chunks);
        int[] given = ids ? TokenFile.read(file) : new int[0];
        String text = ids ? "" : text(file);
        if (options.context == 0) options.context = USUAL_CONTEXT;
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            OptionalInt begin = OptionalInt.empty();
            int[] tokens = given;
            if (!ids) {
                Tokenizer tokenizer = running.tokenizer();
                begin = tokenizer.bos();
                tokens = Prompts.encode(tokenizer, text);
            }
            var perplexity = new Perplexity(running.model(), running.model().context(), begin, arena);
            Estimate estimate = measure(perplexity, tokens);
            ReportOptions.print(report(estimate, running.model().context()), json, spec.commandLine().getOut());
        }
        return 0;
    }

    private Estimate measure(Perplexity perplexity, int[] tokens) throws IOException {
        int all = perplexity.chunks(tokens.length), read = chunks == 0 ? all : Math.min(chunks, all);
        return Console.withBar("read chunks", bar -> perplexity.of(tokens, chunks, soFar -> bar.accept(soFar.chunks() * 1000L / read)));
    }

    private static Report report(Estimate e, int context) {
        var report = new Report();
        report.fields().put("perplexity", e.perplexity()).put("error", e.error()).put("nats_per_token", e.mean())
                .put("tokens_scored", e.tokens()).put("chunks", e.chunks()).put("context", context);
        return report.line("perplexity %.4f +/- %.4f (%d tokens scored in %s of %d)",
                e.perplexity(), e.error(), e.tokens(), Texts.count(e.chunks(), "chunk"), context);
    }

    static String text(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": no UTF-8 text", e);
        }
    }
}
