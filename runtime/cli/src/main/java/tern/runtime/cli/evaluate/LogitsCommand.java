package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tern.ir.store.WholeFile;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.model.Session;

/// `tern logits`: the logits after every token of a list.
@Command(
        name = "logits",

        description = "Writes the logits after every token: little-endian int32 ids in, float32 [n, vocabulary] out.")
public final class LogitsCommand implements Callable<Integer> {

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--ids", required = true, paramLabel = "TOKENS.i32", description = "token ids, used as they are")
    Path ids = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "LOGITS.f32", description = "file to write")
    Path out = Path.of("");

    @Option(names = "--step", description = "one token at a time instead of in batches")
    boolean step;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        int[] tokens = TokenFile.read(ids);
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            Session session = running.model().session(!step, 0);
            MemorySegment row = arena.allocate(4L * running.model().config().vocabulary(), 64);
            WholeFile.write(out, channel -> {
                if (!step) {
                    session.feed(tokens, row, (token, logits) -> {
                        try {
                            TokenFile.append(channel, logits);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
                    return;
                }
                for (int token : tokens) {
                    session.next(token);
                    session.logits(row);
                    TokenFile.append(channel, row);
                }
            });
        }
        return 0;
    }
}
