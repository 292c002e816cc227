package tern.codegen.jvm.source;

/// What lies on the operand stack: a value, or the sign of `a - b`, to be branched on.
sealed interface Item permits Term, Item.Comparison {

    /// @param nanIs the sign if one of them is NaN; 0 for longs
    record Comparison(Term a, Term b, int nanIs) implements Item {}
}
