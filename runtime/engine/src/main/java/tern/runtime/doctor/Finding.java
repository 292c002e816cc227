package tern.runtime.doctor;

/// Something that was looked at.
///
/// @param subject e.g. `blk.3.ffn_down.weight`
/// @param detail  what was found, with its numbers
public record Finding(Verdict verdict, String subject, String detail) {

    /// What was found.
    public enum Verdict {
        /// As it should be.
        GOOD,
        /// Cannot be told, or is unusual and may be meant so.
        NOTE,
        /// The model will not run right.
        WRONG
    }

    static Finding good(String subject, String detail) {
        return new Finding(Verdict.GOOD, subject, detail);
    }

    static Finding note(String subject, String detail) {
        return new Finding(Verdict.NOTE, subject, detail);
    }

    static Finding wrong(String subject, String detail) {
        return new Finding(Verdict.WRONG, subject, detail);
    }
}
