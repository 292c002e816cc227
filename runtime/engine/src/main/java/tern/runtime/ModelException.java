package tern.runtime;

/// A model file cannot be used: it is damaged, hostile, or of a kind that Tern does not read.
///
/// The message names the file, the part of it (a key, a tensor), the byte offset where one is known, what was found
/// and what was expected.
public final class ModelException extends RuntimeException {

    /// @param file    name of the file
    /// @param part    the part of it, e.g. `tensor 'output_norm.weight'`
    /// @param problem what was found and what was expected
    public ModelException(String file, String part, String problem) {
        super("%s: %s: %s".formatted(file, part, problem));
    }

    /// @param file    name of the file
    /// @param part    the part of it, e.g. `tensor 'output_norm.weight'`
    /// @param offset  byte of the file at which the wrong thing stands
    /// @param problem what was found and what was expected
    public ModelException(String file, String part, long offset, String problem) {
        super("%s: %s at byte %d: %s".formatted(file, part, offset, problem));
    }
}
