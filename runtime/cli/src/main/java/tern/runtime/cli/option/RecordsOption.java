package tern.runtime.cli.option;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.autotune.record.Records;

/// Which tuning records a command uses.
public final class RecordsOption {

    @Option(
            names = "--records",
            paramLabel = "URL",
            description = "Tuning records: a file, or jdbc:postgresql://HOST/DATABASE?user=NAME. Default: " + Records.FILE + " in the user's cache folder.")
    private @Nullable String url;

    public Records open() {
        return Records.open(place(Folders.cache(null)));
    }

    /// For a command that goes on where a shared database does not answer: the last copy of it stands in, which is said once.
    ///
    /// @param cache where they lie if nothing else is said, and the copy
    public Records openOrCopy(Path cache) {
        return Records.open(place(cache), cache, line -> System.err.println("tern: " + line));
    }

    private String place(Path cache) {
        return url != null ? url : cache.resolve(Records.FILE).toString();
    }
}
