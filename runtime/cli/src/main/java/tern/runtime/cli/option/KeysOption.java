package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.autotune.bundle.SignerKey;
import tern.autotune.bundle.SigningKey;
import tern.autotune.bundle.TrustedKeys;
import tern.runtime.Folders;

/// Where the user's own key and the list of trusted ones are.
public final class KeysOption {

    @Option(names = "--keys", paramLabel = "DIR", description = "Folder of your own key and of the keys you trust. Default: your configuration folder.")
    private @Nullable Path folder;

    public SigningKey signingKey() throws IOException {
        return SigningKey.in(Folders.config(folder));
    }

    public TrustedKeys trusted() {
        return TrustedKeys.in(Folders.config(folder));
    }

    /// Whether it is on the list, or the user's own, which is not made for the question.
    public boolean trusts(SignerKey key) throws IOException {
        boolean hasOwn = Files.exists(Folders.config(folder).resolve(SigningKey.FILE));
        return trusted().contains(key) || hasOwn && signingKey().key().equals(key);
    }
}
