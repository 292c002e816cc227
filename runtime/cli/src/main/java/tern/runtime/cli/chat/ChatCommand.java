package tern.runtime.cli.chat;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.chat.ChatFormat;
import tern.runtime.chat.Dialogue;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.SamplingOptions;
import tern.runtime.cli.option.TemplateOptions;
import tern.runtime.cli.option.TextOptions;
import tern.runtime.generate.Generator;
import tern.runtime.grammar.Grammar;
import tern.runtime.grammar.GrammarConstraint;
import tern.runtime.sample.Sampling;
import tern.runtime.tokenizer.Tokenizer;

/// `tern chat`: a conversation.
@Command(
        name = "chat",
        description = "Talks with a model. Without a terminal, each line of standard input is a message, and answers go to standard output.")
public final class ChatCommand implements Callable<Integer> {

    private static final String HISTORY = "chat-history";

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", paramLabel = "F", description = ModelOptions.MODEL + "; with --url, the name of a model there (default: its first)")
    @Nullable
    Path model;

    @Option(names = "--url", paramLabel = "URL",
            description = "talk to this server, Tern's or another in OpenAI's form, such as http://localhost:8080 (default: none, a model is loaded)")
    @Nullable
    String url;

    @Option(names = "--api-key-file", paramLabel = "F",
            description = "with --url: file whose first line is the key to show (default: $TERN_API_KEY, if it is set)")
    @Nullable
    Path keyFile;

    @Option(names = "--system", paramLabel = "TEXT", description = "the system message (default: none)")
    String system = "";

    @Mixin
    TemplateOptions template = new TemplateOptions();

    @Option(names = "--tokens", paramLabel = "N", description = "most tokens of an answer (default: ${DEFAULT-VALUE})")
    int tokens = 1024;

    @Mixin
    SamplingOptions sampling = SamplingOptions.recommended();

    @Mixin
    TextOptions text = new TextOptions();

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (tokens < 1) throw new IllegalArgumentException("--tokens must be positive: " + tokens);
        Sampling chosen = sampling.sampling(spec.commandLine().getErr());
        text.check();
        @Nullable Grammar grammar = text.read();
        template.check();
        if (url != null) return new ServerChat(this, url).run(chosen) ? 0 : 1;
        if (model == null) throw new IllegalArgumentException("give --model, or --url of a server");
        if (keyFile != null) throw new IllegalArgumentException("--api-key-file goes with --url");
        Path file = model;
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(file, arena, bar))) {
            Tokenizer tokenizer = running.tokenizer();
            ChatFormat used = template.format(running.source(), spec.commandLine().getErr());
            var generator = new Generator(running.model(), chosen, arena);
            var dialogue = new Dialogue(generator, running.model().context(), used, tokenizer, text.stops);
            dialogue.system(system);
            @Nullable GrammarConstraint constraint = grammar == null ? null : grammar.constraint(tokenizer, dialogue.stopTokens());
            Console.warmUp(generator.session(), generator.session().batch());
            return talk(new LocalPartner(dialogue, tokens, () -> restarted(constraint)), "template " + used.label()) ? 0 : 1;
        }
    }

    /// @param whom is shown to who talks at a terminal
    /// @return whether all went well; to who talks at a terminal it was said
    boolean talk(Partner partner, String whom) throws IOException {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        boolean onTerminal = Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
        if (onTerminal) err.printf("%s; /help lists the commands, Ctrl-D leaves%n", whom);
        try (Lines lines = onTerminal ? TerminalLines.open(options.cacheFolder().resolve(HISTORY)) : new PipedLines(System.in)) {
            return new ChatLoop(partner, lines, out, err, this::explain).run() || onTerminal;
        }
    }

    private static Generator.@Nullable Constraint restarted(@Nullable GrammarConstraint constraint) {
        if (constraint != null) constraint.restart();
        return constraint;
    }

    private String explain(Exception thrown) {
        return spec.qualifiedName() + ": " + Failure.of(thrown).message();
    }
}
