package tern.runtime.cli.console;

import java.util.Map;

/// Options with a few named values.
public final class Choices {

    private Choices() {}

    /// @throws IllegalArgumentException if `given` is none of the names
    public static <T> T of(String option, String given, Map<String, T> values) {
        T value = values.get(given);
        if (value != null) return value;
        throw new IllegalArgumentException("%s %s: expected one of %s".formatted(option, given, String.join(", ", values.keySet())));
    }
}
