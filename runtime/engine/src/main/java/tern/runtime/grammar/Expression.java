package tern.runtime.grammar;

import java.util.List;

/// What a part of a text may be.
sealed interface Expression {

    /// These characters.
    record Literal(String text) implements Expression {}

    /// One character out of ranges of code points, or one outside of all of them.
    record Characters(List<Range> ranges, boolean isNegated) implements Expression {
        public Characters {
            ranges = List.copyOf(ranges);
        }
    }

    /// @param first,last code points, both included
    record Range(int first, int last) {}

    /// One after the other.
    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /// Any of them.
    record Choice(List<Expression> ways) implements Expression {
        public Choice {
            ways = List.copyOf(ways);
        }
    }

    /// @param most -1 for no limit
    record Repeated(Expression part, int least, int most) implements Expression {}

    /// A rule by its name.
    record Rule(String name) implements Expression {}

    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    static Expression choice(Expression... ways) {
        return new Choice(List.of(ways));
    }

    static Expression optional(Expression part) {
        return new Repeated(part, 0, 1);
    }
}
