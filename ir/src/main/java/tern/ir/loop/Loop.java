package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;

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

    /// All cores (CORES) or all threads of a block (THREADS) have done what comes before.
    record Barrier(Binding scope) implements Loop {}

    /// Starts copying `elements` elements; the data may be read after a [Wait] and a barrier.
    record CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) implements Loop {}

    /// Closes the group of copies started since the last one, and waits until at most `pending` groups are under way.
    record Wait(int pending) implements Loop {}

    /// How a launch overlaps those around it, where a machine lets it begin before those have ended: NVIDIA's programmatic dependent
    /// launch. It has no meaning where launches run one after the other.
    record GridDependency(GridAction action) implements Loop {}

    /// What [GridDependency] does.
    enum GridAction {
        /// Those before this one have ended, and what they wrote is there. A program that says so touches no parameter before.
        WAIT,
        /// Those after this one may begin.
        LAUNCH_DEPENDENTS
    }

    /// A hint that `elements` elements from `buffer[index]` on will be read soon. It reads nothing, may lie outside of the buffer, and may be
    /// before the grid dependency wait.
    record Prefetch(Buf buffer, Expr index, int elements) implements Loop {}

    /// Adds products of matrices of signed bytes, tile by tile: what Intel's AMX computes (`tdpbssd`). A tile is 16 rows of 64 bytes, one
    /// after the other; an operand has `steps` tiles for each of its `aTiles` or `bTiles` blocks of 16, block after block. With row r and
    /// column c below 16, block i of `a` and j of `b`, i32 number `((i * 16 + r) * bTiles + j) * 16 + c` of `sums` grows by
    ///
    ///     sum(step, q < 64: a[i, step][64 * r + q] * b[j, step][q / 4 * 64 + 4 * c + q % 4])
    ///
    /// where `[i, step]` stands for the tile that begins `(i * steps + step) * 1024` bytes after the operand's index. So a row of `a` meets
    /// a column of `b`, of which four neighbours in k lie together.
    ///
    /// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, TDPBSSD.
    ///
    /// @param sums      i32
    /// @param sumsIndex scalar i32, in elements, as the other two
    /// @param a         integers of any width, whose bytes count
    /// @param aTiles    blocks of 16 rows: 1 or 2, as `bTiles`
    record TileProduct(
            Buf sums, Expr sumsIndex, Buf a, Expr aIndex, int aTiles, Buf b, Expr bIndex, int bTiles, int steps)
            implements Loop {
        /// Rows of `a` and columns of `b` in a tile.
        public static final int ROWS = 16;
        /// Bytes of a row of a tile.
        public static final int ROW_BYTES = 64;
        /// Bytes of a tile.
        public static final int BYTES = ROWS * ROW_BYTES;

        public TileProduct {
            if (aTiles < 1 || aTiles > 2 || bTiles < 1 || bTiles > 2)
                throw new IllegalArgumentException(String.format(ROOT, "a product of %d by %d tiles; 2 by 2 are the most", aTiles, bTiles));
            if (steps < 1) throw new IllegalArgumentException("a product of no tiles");
        }

        /// Elements that are written.
        public int sumsWidth() {
            return aTiles * bTiles * ROWS * ROWS;
        }

        /// Elements of `a` that are read.
        public int aWidth() {
            return aTiles * steps * BYTES / a.element().bytes();
        }

        /// Elements of `b` that are read.
        public int bWidth() {
            return bTiles * steps * BYTES / b.element().bytes();
        }

        /// What is added to a sum over `steps` tiles may be, whatever the bytes.
        public static Interval sums(int steps) {
            return Interval.of(Element.I8).times(Interval.of(Element.I8)).upTo((long) steps * ROW_BYTES);
        }
    }

    /// What only cards have whose copies and products of matrices run on by themselves (NVIDIA's sm_90a). Other back ends refuse a program
    /// that holds any.
    sealed interface Group extends Loop {}

    /// Starts copying `elements` elements as one piece, and tells of it on a signal. One thread of the warp does it.
    ///
    /// @param signals core scratch, u64; each element is one signal, on which one copy is under way at a time
    /// @param signal  scalar i32, in elements
    record CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) implements Group {}

    /// Waits until copy number `phase` of a signal, from 0 on, has come. Nobody may be more than one copy behind.
    ///
    /// @param phase scalar i32
    record Await(Buf signals, Expr signal, Expr phase) implements Group {}

    /// Starts adding products of matrices to `sums`: 16 rows of this warp times eight columns for each sum, over 32 k, as
    /// [Expr.Mma] has rows, columns and sums. Four warps that follow each other from a multiple of four on do it together. Column c's bytes
    /// 0 to 15 along k lie at byte `16 * c` after `bIndex`, bytes 16 to 31 at `16 * c` after `bIndex + apart`.
    ///
    /// Source: PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions", "Matrix Descriptor Format".
    ///
    /// @param sums mutable, i32x128, that nothing else touches until a [GroupWait]
    /// @param a    as in [Expr.Mma]
    /// @param b    core scratch of integers of any width, whose bytes count, signed ones
    /// @param apart elements of `b`, more than 0
    record GroupProduct(List<Var> sums, List<Expr> a, Buf b, Expr bIndex, int apart) implements Group {
        /// Columns of one of `sums`.
        public static final int COLUMNS = 8;
        /// Bytes along k that lie together.
        public static final int CHUNK = 16;

        public GroupProduct {
            sums = List.copyOf(sums);
            a = List.copyOf(a);
            if (a.size() != 4) throw new IllegalArgumentException(String.format(ROOT, "a product of %d parts, not of 4", a.size()));
            if (apart < 1) throw new IllegalArgumentException(String.format(ROOT, "the halves of k are %d elements apart", apart));
        }

        /// Elements of `b` from each half's first one on.
        public int width() {
            return sums.size() * COLUMNS * CHUNK / b.element().bytes();
        }
    }

    /// Closes the batch of products started since the last one, and waits until at most `pending` batches are under way.
    record GroupWait(int pending) implements Group {}

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
