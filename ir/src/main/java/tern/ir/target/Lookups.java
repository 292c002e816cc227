package tern.ir.target;

/// Lookups in a table of one full-width register that a core starts each cycle, by the width of an entry: a permutation where there is an
/// instruction for it, else what the instructions take that imitate one.
public record Lookups(double ofBytes, double ofShorts, double ofInts) {

    /// For entries of so many bits.
    public double perCycle(int bits) {
        return switch (bits) {
            case 8 -> ofBytes;
            case 16 -> ofShorts;
            default -> ofInts;
        };
    }
}
