package tern.runtime.cli.option;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.autotune.record.Records;
import tern.runtime.Folders;

/// Which tuning records a command uses.
public final class RecordsOption {

    @Option(
            names = "--records",
            paramLabel = "URL",
            description = "Tuning records: a file, or jdbc:postgresql://HOST/DATABASE?user=NAME. Default: " + Records.FILE + " in the user's cache folder.")
    private @Nullable String url;

    public Records open() {
        return open(Folders.cache(null));
    }

    /// @param cache where they lie if nothing else is said
    public Records open(Path cache) {
        return Records.open(url != null ? url : cache.resolve(Records.FILE).toString());
    }
}
