package tern.runtime.cli.records;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.BundleException;
import tern.autotune.bundle.BundleFile;
import tern.autotune.bundle.SignerKey;
import tern.autotune.record.Environment;
import tern.autotune.record.Records;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.KeysOption;
import tern.runtime.cli.option.RecordsOption;

/// Reads a bundle into the records.
@Command(name = "import", description = "Add the records of a bundle, and say whether they fit this machine.")
final class RecordsImportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "A bundle.")
    private Path file;

    @Mixin
    private RecordsOption records;

    @Mixin
    private KeysOption keys;

    @Option(names = "--only-trusted", description = "Refuse a bundle unless you trust the key that signed it, or it is your own.")
    private boolean onlyTrusted;

    @Option(names = "--without-code", description = "Ignore code that the bundle carries, instead of comparing it with what its schedules give here.")
    private boolean withoutCode;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(file)) throw new NoSuchFileException(file.toString());
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no regular file");
        BundleFile read = BundleFile.read(file);
        boolean trusted = keys.trusts(read.signer());
        if (onlyTrusted && !trusted)
            throw new BundleException("%s: signed by %s, which you do not trust; nothing was imported".formatted(file, read.signer()));
        if (!withoutCode) CarriedCode.check(file.toString(), read.contents().codes());
        try (Records kept = records.open()) {
            Bundle bundle = read.contents();
            kept.addAll(bundle.trials(), bundle.winners());
            report(spec.commandLine().getOut(), read, trusted);
            spec.commandLine().getOut().println("now  " + RecordsContents.of(kept));
        }
        return 0;
    }

    private void report(PrintWriter out, BundleFile read, boolean trusted) {
        Bundle bundle = read.contents();
        out.println("from " + new RecordsContents(file.toString(), bundle.winners(), bundle.trials()));
        out.printf("signed by %s, %s%n", read.signer(), trusted
                ? "which you trust"
                : "which you do not trust: the file is whole, but whose it is nobody says");
        if (!bundle.codes().isEmpty() && !withoutCode)
            out.printf("%s carried, each what its schedule gives here%n", Texts.count(bundle.codes().size(), "kernel"));
        EnvironmentNames places = EnvironmentNames.atHand();
        for (Environment environment : bundle.environments()) {
            long winners = bundle.winners().stream().filter(winner -> winner.environment().equals(environment)).count();
            out.printf("%s measured on %s: %s%n", Texts.count((int) winners, "winner"), places.name(environment),
                    places.isHere(environment) ? "used from now on" : "not used here, where the cost model goes on choosing");
        }
        out.print(places.legend());
    }
}
