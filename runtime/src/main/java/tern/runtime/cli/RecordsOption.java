package tern.runtime.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.autotune.record.Records;

/// Which tuning records a command uses.
final class RecordsOption {

    @Option(
            names = "--records",
            paramLabel = "URL",
            description = "Tuning records: a file, or jdbc:postgresql://HOST/DATABASE?user=NAME. Default: " + Records.FILE + " in the user's cache folder.")
    private @Nullable String url;

    Records open() {
        return Records.open(url != null ? url : Folders.cache(null).resolve(Records.FILE).toString());
    }
}
