package tern.runtime.cli.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.Quote;
import tern.runtime.cli.console.Prompts;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.PromptOptions;
import tern.runtime.model.ModelSource;
import tern.runtime.tokenizer.Tokenizer;

/// `tern tokenize`: the ids of a text.
@Command(name = "tokenize", description = "Prints the token ids of a text, as tern run feeds them: in a line, separated by blanks.")
public final class TokenizeCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Mixin
    PromptOptions prompt = new PromptOptions();

    @Option(names = "--pieces", description = "a line for each token, with its text")
    boolean pieces;

    @Override
    public Integer call() throws IOException {
        String text = prompt.text();
        try (Arena arena = Arena.ofShared()) {
            Tokenizer tokenizer = ModelSource.open(model, arena, false).tokenizer();
            int[] ids = Prompts.encode(tokenizer, text, prompt.special);
            PrintWriter out = spec.commandLine().getOut();
            if (pieces) for (int id : ids) out.println(id + " " + Quote.of(tokenizer.decode(new int[] {id})));
            else out.println(Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
            out.flush();
        }
        return 0;
    }
}
