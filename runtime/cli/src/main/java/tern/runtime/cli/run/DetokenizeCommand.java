package tern.runtime.cli.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.model.ModelSource;
import tern.runtime.tokenizer.Tokenizer;

/// `tern detokenize`: the text of ids.
@Command(name = "detokenize", description = "Prints the text of token ids.")
public final class DetokenizeCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--ids", paramLabel = "FILE", description = "file of token ids, little-endian int32 (default: the ids on the command line)")
    @Nullable
    Path file;

    @Parameters(arity = "0..*", paramLabel = "ID", description = "Token ids (default: those of --ids).")
    List<Integer> given = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        if ((file == null) == given.isEmpty()) throw new IllegalArgumentException("give either --ids or token ids");
        int[] ids = file == null ? given.stream().mapToInt(id -> id).toArray() : TokenFile.read(file);
        try (Arena arena = Arena.ofShared()) {
            Tokenizer tokenizer = ModelSource.open(model, arena, false).tokenizer();
            for (int id : ids)
                if (id < 0 || id >= tokenizer.size())
                    throw new IllegalArgumentException("found token %d, expected 0 to %d".formatted(id, tokenizer.size() - 1));
            PrintWriter out = spec.commandLine().getOut();
            out.println(tokenizer.decode(ids));
            out.flush();
        }
        return 0;
    }
}
