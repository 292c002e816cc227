package tern.ir.target;

import tern.ir.Element;

/// Lookups in a table of one full-width register that a core starts each cycle, by the width of an entry: a permutation where there is an
/// instruction for it, else what the instructions take that imitate one.
public record Lookups(double ofBytes, double ofShorts, double ofInts) {

    /// For entries of an element.
    public double perCycle(Element element) {
        return switch (element.bits()) {
            case 8 -> ofBytes;
            case 16 -> ofShorts;
            default -> ofInts;
        };
    }
}
