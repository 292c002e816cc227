package tern.runtime.cli.records;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.Bundle.Code;
import tern.autotune.bundle.BundleFile;
import tern.autotune.bundle.SigningKey;
import tern.autotune.record.Environment;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.KeysOption;
import tern.runtime.cli.option.RecordsOption;

/// Writes a bundle.
@Command(name = "export", description = "Write records to a bundle: one file, signed with your own key.")
final class RecordsExportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The bundle to write.")
    private Path file;

    @Mixin
    private RecordsOption records;

    @Mixin
    private KeysOption keys;

    @Option(names = "--here", description = "Only what was measured on this machine with this JDK and this Tern.")
    private boolean here;

    @Option(names = "--winners", description = "Leave the trials out.")
    private boolean winnersOnly;

    @Option(names = "--code", paramLabel = "FORM", description = "Carry the winners' code as well, for those who have no compiler: ptx. Default: none.")
    private @Nullable String code;

    @Option(names = "--target", paramLabel = "T", defaultValue = "h200", description = "Of --code (default: ${DEFAULT-VALUE}).")
    private String target;

    @Override
    public Integer call() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || folder == null) throw new IllegalArgumentException(file + ": a folder, expected a file");
        if (!Files.isDirectory(folder)) throw new NotDirectoryException(folder.toString());
        EnvironmentNames places = EnvironmentNames.atHand();
        Predicate<Environment> wanted = environment -> !here || places.isHere(environment);
        try (Records kept = records.open()) {
            List<Tuned> winners = kept.tuned().stream().filter(winner -> wanted.test(winner.environment())).toList();
            List<Trial> trials = winnersOnly
                    ? List.of()
                    : kept.trials().stream().filter(trial -> wanted.test(trial.environment())).toList();
            if (winners.isEmpty() && trials.isEmpty()) throw new IllegalArgumentException(kept.name() + ": no such records");
            SigningKey key = keys.signingKey();
            List<Code> codes = code == null ? List.of() : CarriedCode.of(winners, code, target);
            BundleFile.write(file, new Bundle(Instant.now(), winners, trials, codes), key);
            PrintWriter out = spec.commandLine().getOut();
            out.println(new RecordsContents(file.toString(), winners, trials));
            if (code != null) out.printf("%s of %s for %s%n", Texts.count(codes.size(), "kernel"), code, target);
            out.println("signed by " + key.key());
        }
        return 0;
    }
}
