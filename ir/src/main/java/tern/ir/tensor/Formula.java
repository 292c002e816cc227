package tern.ir.tensor;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// An f32 value, made of elements of tensors.
public sealed interface Formula {

    record Real(float value) implements Formula {}

    /// @param at an index for each dimension, scalar i32
    record Element(Tensor tensor, List<Expr> at) implements Formula {
        public Element {
            at = List.copyOf(at);
        }
    }

    record Apply(Operation operation, List<Formula> of) implements Formula {
        public Apply {
            of = List.copyOf(of);
        }
    }

    /// All values of `term` combined to one.
    record Reduction(Order order, Index index, Formula term) implements Formula {}

    /// Operations that round once, and EXP, which is [tern.ir.Exponential].
    enum Operation {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        MIN,
        MAX,
        NEGATE,
        ABS,
        SQRT,
        /// To the nearest integer, ties to even.
        ROUND,
        EXP,
        FMA,
        /// `where(a < b, x, y)`, of a, b, x, y.
        WHERE_LESS,
        /// `where(a == b, x, y)`.
        WHERE_EQUAL
    }

    /// In which order a reduction takes its terms, and what it does with them.
    enum Order {
        /// [tern.ir.Op#LANES] sums, then the upper half of them onto the lower half until one is left.
        LANES,
        /// One sum from 0 on, from the first term to the last.
        CHAIN,
        /// The largest, in any order.
        MOST
    }

    /// The same with each element and reduction's range rewritten.
    default Formula map(UnaryOperator<Expr> indices) {
        return switch (this) {
            case Real _ -> this;
            case Element(Tensor tensor, var at) -> new Element(tensor, at.stream().map(indices).toList());
            case Apply(var operation, var of) -> new Apply(operation, of.stream().map(part -> part.map(indices)).toList());
            case Reduction(var order, Index(Var var, Expr from, Expr to), Formula term) ->
                new Reduction(order, new Index(var, indices.apply(from), indices.apply(to)), term.map(indices));
        };
    }

    /// What it consists of.
    default List<Formula> parts() {
        return switch (this) {
            case Real _, Element _ -> List.of();
            case Apply(_, var of) -> of;
            case Reduction(_, _, Formula term) -> List.of(term);
        };
    }

    /// The same with parts replaced, outermost first.
    ///
    /// @param change what stands for a part, or null if its own parts are to be looked at
    default Formula replace(Function<Formula, @org.jspecify.annotations.Nullable Formula> change) {
        Formula other = change.apply(this);
        if (other != null) return other;
        return switch (this) {
            case Real _, Element _ -> this;
            case Apply(var operation, var of) -> new Apply(operation, of.stream().map(part -> part.replace(change)).toList());
            case Reduction(var order, var index, Formula term) -> new Reduction(order, index, term.replace(change));
        };
    }
}
