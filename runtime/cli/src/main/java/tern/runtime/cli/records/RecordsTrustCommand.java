package tern.runtime.cli.records;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.bundle.SignerKey;
import tern.autotune.bundle.TrustedKeys;
import tern.runtime.cli.option.KeysOption;

/// Says whose measurements are believed.
@Command(name = "trust", description = "Trust a key; without one, show your own and those you trust.")
final class RecordsTrustCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "KEY", description = "ed25519:..., as its owner's export says.")
    private @Nullable String key;

    @Option(names = "--remove", description = "Trust it no longer.")
    private boolean remove;

    @Mixin
    private KeysOption keys;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        TrustedKeys trusted = keys.trusted();
        if (key == null) {
            if (remove) throw new IllegalArgumentException("--remove: expected a key");
            out.println("own      " + keys.signingKey().key());
            for (SignerKey one : trusted.keys()) out.println("trusted  " + one);
            return 0;
        }
        SignerKey named = SignerKey.parse(key);
        if (remove) out.println((trusted.remove(named) ? "no longer trusted: " : "was not trusted: ") + named);
        else out.println((trusted.add(named) ? "trusted: " : "was trusted already: ") + named);
        return 0;
    }
}
