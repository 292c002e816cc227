package tern.ir.loop;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The lowered program: loops and memory made explicit. A code generator obeys it and chooses nothing.
public sealed interface Loop {

    /// One after the other.
    record Block(List<Loop> steps) implements Loop {
        public Block {
            steps = List.copyOf(steps);
        }
    }

    /// `body` once for each value of `index`, a scalar i32.
    record For(Var index, Range range, Binding binding, Loop body) implements Loop {}

    /// Declares `var` with its first value, visible to the end of the enclosing block; [At] is none.
    record Let(Var var, Expr value) implements Loop {}

    /// Gives a mutable variable another value.
    record Set(Var var, Expr value) implements Loop {}

    /// Writes the lanes of `value` to consecutive elements from `buffer[index]` on.
    ///
    /// @param index scalar i32, in elements
    /// @param limit scalar i32 or null: elements at `limit` and beyond are not touched
    record Store(Buf buffer, Expr index, Expr value, @Nullable Expr limit) implements Loop {}

    /// `then` if the scalar condition holds.
    record If(Expr condition, Loop then) implements Loop {}

    /// A body that a code generator may place in a routine of its own. Only scalars may flow in, nothing but memory
    /// flows out. JVM: a small method that is compiled by itself; GPU: no meaning.
    record Outline(String name, Loop body) implements Loop {}

    /// All cores (CORES) or all threads of a block (THREADS) have done what stands before.
    record Barrier(Binding scope) implements Loop {}

    /// Starts copying `elements` elements; the data may be read after a [Wait] and a barrier.
    record CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) implements Loop {}

    /// Closes the group of copies started since the last one, and waits until at most `pending` groups are under way.
    record Wait(int pending) implements Loop {}

    /// `body` comes from line `line` of the program's source text.
    record At(int line, Loop body) implements Loop {}

    /// The values that a loop's index takes.
    sealed interface Range {
        /// `from`, `from + step`, ... below `to`; scalar i32.
        record Steps(Expr from, Expr to, int step) implements Range {
            public Steps {
                if (step < 1) throw new IllegalArgumentException("step must be positive: " + step);
            }
        }

        /// The first `count` entries of `list`, an i32 buffer: rows or columns worth visiting, found at run time.
        record Listed(Buf list, Expr count) implements Range {}
    }

    /// Who runs the iterations.
    enum Binding {
        /// One after the other.
        SERIAL,
        /// Written out; the range is constant.
        UNROLLED,
        /// Shared out in contiguous runs among the cores of a team; iterations are independent.
        CORES,
        /// One iteration a thread block.
        BLOCKS,
        /// One iteration a warp of the block.
        WARPS,
        /// One iteration a thread of the block or warp.
        THREADS
    }

    static Loop block(List<? extends Loop> steps) {
        return steps.size() == 1 ? steps.getFirst() : new Block(List.copyOf(steps));
    }

    static Loop block(Loop... steps) {
        return block(List.of(steps));
    }

    static Loop loop(Var index, int extent, Binding binding, Loop body) {
        return new For(index, new Range.Steps(Expr.i32(0), Expr.i32(extent), 1), binding, body);
    }

    static Loop loop(Var index, Expr from, Expr to, int step, Binding binding, Loop body) {
        return new For(index, new Range.Steps(from, to, step), binding, body);
    }
}
