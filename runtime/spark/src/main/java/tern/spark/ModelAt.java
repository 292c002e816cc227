package tern.spark;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/// Which model the executors open, and how.
///
/// @param uri      a path that every host has, the name of a file that `--files` brought, or any address that Hadoop reads
/// @param device   `cpu`, `cpu:machine`, `cpu:bytecode`, `cuda`
/// @param context  tokens of a text, prompt included; 0 = the model's
/// @param parallel rows that generate together on an executor
/// @param records  tuned kernels: `jdbc:postgresql://...`, a file of records or a bundle; null for the cost model's
public record ModelAt(String uri, String device, int context, int parallel, @Nullable String records) implements Serializable {

    /// On the CPU, eight rows of 4096 tokens at most together.
    public static ModelAt of(String uri) {
        return new ModelAt(uri, "cpu", 4096, 8, null);
    }

    public ModelAt withDevice(String other) {
        return new ModelAt(uri, other, context, parallel, records);
    }

    public ModelAt withContext(int tokens) {
        return new ModelAt(uri, device, tokens, parallel, records);
    }

    public ModelAt withParallel(int rows) {
        return new ModelAt(uri, device, context, rows, records);
    }

    public ModelAt withRecords(String urlOrFile) {
        return new ModelAt(uri, device, context, parallel, urlOrFile);
    }
}
