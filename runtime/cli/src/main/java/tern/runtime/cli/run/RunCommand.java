package tern.runtime.cli.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.device.StartTimes;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Meanwhile;
import tern.runtime.cli.console.Prompts;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.PromptOptions;
import tern.runtime.cli.option.SamplingOptions;
import tern.runtime.cli.option.TextOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.cli.report.Fields;
import tern.runtime.generate.Generator;
import tern.runtime.generate.Speculator;
import tern.runtime.generate.TextStream;
import tern.runtime.grammar.Grammar;
import tern.runtime.grammar.GrammarConstraint;
import tern.runtime.model.Model;
import tern.runtime.sample.Sampling;
import tern.runtime.tokenizer.Tokenizer;

/// `tern run`: continues a prompt.
@Command(name = "run", description = "Continues a prompt with a model.")
public final class RunCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Mixin
    PromptOptions prompt = new PromptOptions();

    @Option(names = "--ids", paramLabel = "FILE", description = "token ids to continue, little-endian int32, used as they are (default: those of the prompt)")
    @Nullable
    Path ids;

    @Option(names = "--tokens", paramLabel = "N", description = "most tokens to generate (default: ${DEFAULT-VALUE})")
    int tokens = 128;

    @Mixin
    SamplingOptions sampling = SamplingOptions.greedy();

    @Mixin
    TextOptions text = new TextOptions();

    @Option(
            names = "--speculate",
            paramLabel = "N",
            description = "guess up to N tokens from what the text repeats and check them in one pass; the tokens are the same (default: ${DEFAULT-VALUE})")
    int speculate = 0;

    @Option(names = "--json",
            description = "print a JSON object a line: each part of the text as it comes; at the end text, counts, and where the time until the first token went")
    boolean json;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (prompt.isGiven() == (ids != null)) throw new IllegalArgumentException("give either --prompt, --prompt-file or --ids");
        if (tokens < 0) throw new IllegalArgumentException("--tokens must not be negative: " + tokens);
        Sampling chosen = sampling.sampling(spec.commandLine().getErr());
        checkGuessing(chosen);
        text.check();
        @Nullable Grammar grammar = text.read();
        int[] given = ids == null ? new int[0] : TokenFile.read(ids);
        String written = ids == null ? prompt.text() : "";
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            var reading = Meanwhile.begin(running::tokenizer); // while the session's kernels are made
            var generator = new Generator(running.model(), chosen, arena);
            Tokenizer tokenizer;
            int[] input;
            try (var _ = StartTimes.part("tokenizer")) {
                tokenizer = reading.get();
                input = ids != null ? given : Prompts.encode(tokenizer, written, prompt.special);
            }
            if (input.length == 0) throw new IllegalArgumentException("the prompt is empty");
            GrammarConstraint constraint = grammar == null ? null : grammar.constraint(tokenizer, tokenizer.stops());
            generate(running.model(), tokenizer, input, generator, constraint);
        }
        return 0;
    }

    private void checkGuessing(Sampling chosen) {
        if (speculate < 0) throw new IllegalArgumentException("--speculate must not be negative: " + speculate);
        if (speculate == 0) return;
        if (chosen.temperature() != 0) throw new IllegalArgumentException("--speculate goes with --temperature 0");
        if (!chosen.penalty().isNone()) throw new IllegalArgumentException("--speculate does not go with --repeat-penalty");
        if (text.isConstrained()) throw new IllegalArgumentException("--speculate does not go with --grammar or --json-schema");
    }

    private void generate(Model model, Tokenizer tokenizer, int[] input, Generator generator, @Nullable GrammarConstraint constraint)
            throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        try (var _ = StartTimes.part("warm-up")) {
            Console.warmUp(generator.session(), input.length);
        }
        long start = System.nanoTime();
        @Nullable Speculator speculator = null;
        IntSupplier next;
        if (speculate > 0 && generator.hasGaps()) err.println("tern run: --speculate is not used: some rows of the head have no token");
        if (speculate > 0 && !generator.hasGaps()) {
            speculator = new Speculator(generator, model.context(), speculate);
            speculator.begin(input);
            next = speculator::next;
        } else {
            try (var _ = StartTimes.part("prompt")) {
                generator.feed(input);
            }
            next = generator.tokens(constraint);
        }
        long prefilled = System.nanoTime();
        Written written = write(next, tokenizer, model.context() + 1 - input.length, constraint);
        double prefill = (prefilled - start) * 1e-9, decode = (System.nanoTime() - prefilled) * 1e-9;
        if (json) print(written, input.length, prefill, decode);
        else
            err.printf("%d prompt tokens in %.2f s (%.1f/s); %d tokens in %.2f s (%.1f/s); %s%n",
                    input.length, prefill, input.length / prefill, written.tokens, decode, written.tokens / decode, written.end);
        if (speculator != null) err.println("speculation: " + speculator.score());
    }

    /// @param first seconds until the first token was there, by part; empty if there was none
    private record Written(String text, int tokens, String end, Map<String, Double> first) {}

    private void print(Written written, int given, double prefill, double decode) {
        spec.commandLine().getOut().println(new Fields()
                .put("text", written.text).put("prompt_tokens", given).put("prompt_seconds", prefill)
                .put("tokens", written.tokens).put("seconds", decode).put("end", written.end)
                .put("first_token_seconds", written.first.values().stream().mapToDouble(seconds -> seconds).sum())
                .put("first_token_parts", written.first).json());
    }

    /// Prints the text as it comes.
    ///
    /// @param room tokens, until the context is full
    private Written write(IntSupplier next, Tokenizer tokenizer, int room, @Nullable GrammarConstraint constraint) throws IOException {
        var whole = new StringBuilder();
        TextStream stream = text.stream(tokenizer);
        Map<String, Double> first = Map.of();
        int made = 0;
        String end = "";
        while (end.isEmpty()) {
            if (made == tokens) end = "--tokens reached";
            else if (made == room) end = "the context is full";
            else if (constraint != null && constraint.isOver()) end = "the grammar is at its end";
            else {
                int token = next.getAsInt();
                if (first.isEmpty()) first = StartTimes.seconds();
                if (tokenizer.stops().contains(token)) {
                    end = "stop token " + token;
                } else {
                    made++;
                    say(stream.push(token), whole);
                    if (stream.isStopped()) end = "stop text";
                }
            }
        }
        say(stream.finish(), whole);
        if (!json) say(System.lineSeparator(), whole);
        return new Written(whole.toString(), made, end, first);
    }

    private void say(String part, StringBuilder whole) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        whole.append(part);
        if (!json) out.print(part);
        else if (!part.isEmpty()) out.println(new Fields().put("part", part).json());
        if (out.checkError()) throw new IOException("standard output could not be written");
    }
}
