package tern.runtime.cli;

/// Options with a few named values.
final class Choices {

    private Choices() {}

    /// @throws IllegalArgumentException if `given` is neither name
    static <T> T of(String option, String given, String name1, T value1, String name2, T value2) {
        if (given.equals(name1)) return value1;
        if (given.equals(name2)) return value2;
        throw new IllegalArgumentException("%s %s: expected %s or %s".formatted(option, given, name1, name2));
    }
}
