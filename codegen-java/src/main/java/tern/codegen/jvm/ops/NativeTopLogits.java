package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.GE;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import tern.codegen.jvm.amx.MatrixUnit;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Int8Head;
import tern.ir.Op;

/// The largest logits by way of the screen: the table itself is read in the few rows that may be among them.
///
///     for each row: near = scale * (q . x) and how far it reaches; every logit lies in near - reach .. near + reach
///     barrier; floor = the count-th largest near - reach of all rows
///     for each row with near + reach >= floor: its logit, exactly
///     barrier; one worker merges the largest of all
///
/// Of several tokens, each with its own x; with a matrix unit some of them share one reading of the screen.
final class NativeTopLogits implements Spmd {

    private final Op.TopLogits op;
    /// Tokens of a launch at most, and those that are done together.
    private final int most, together;
    private final Int8Head screen;
    private final Rows table;
    /// Of each worker; none where there is no matrix unit.
    private final ScreenTiles[] tiles;
    private final Scratch scratch;
    /// `near + reach` of every row, for each token.
    private final Scratch highs;
    /// For each token, the largest `near - reach` of each worker's rows, and its largest logits.
    private final Shortlist[][] lows, logits;
    /// Of each worker, for all lows together.
    private final Shortlist[] merged;
    /// Of each worker, rows that wait to be scored, and the norms of the tokens.
    private final int[][] waiting;
    private final float[][] norms;

    /// @param most tokens of a launch at most; 1 = the one that is there, whatever n is
    NativeTopLogits(Op.TopLogits op, int most, int workers) {
        this.op = op;
        this.most = most;
        together = MatrixUnit.isAvailable() ? Math.min(most, ScreenTiles.TOKENS) : 1;
        screen = new Int8Head(op.vocabulary(), op.width());
        table = Rows.of(op.element());
        tiles = new ScreenTiles[MatrixUnit.isAvailable() ? workers : 0];
        Arrays.setAll(tiles, worker -> new ScreenTiles(screen));
        scratch = new Scratch(workers, Rows.STREAMS * Fold.BYTES + Fold.ROW + together * paddedX() + Rows.STREAMS * rowBytes());
        highs = new Scratch(together, 4L * blocks() * Fold.ROWS);
        lows = new Shortlist[together][];
        Arrays.setAll(lows, token -> shortlists(workers));
        logits = new Shortlist[together][];
        Arrays.setAll(logits, token -> shortlists(workers));
        merged = shortlists(workers);
        waiting = new int[workers][Rows.STREAMS];
        norms = new float[workers][together];
    }

    private Shortlist[] shortlists(int workers) {
        Shortlist[] all = new Shortlist[workers];
        for (int worker = 0; worker < workers; worker++) all[worker] = new Shortlist(op.count());
        return all;
    }

    private int blocks() {
        return (op.vocabulary() + Fold.ROWS - 1) / Fold.ROWS;
    }

    private int paddedWidth() {
        return (op.width() + ScreenRows.STEP - 1) & -ScreenRows.STEP;
    }

    private long paddedX() {
        return 4L * paddedWidth() + 64;
    }

    private long rowBytes() {
        return (long) op.width() * op.element().bytes();
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        int tokens = Math.min(n, most);
        for (int from = 0; from < tokens; from += together)
            pass(worker, workers, team, addresses, from, Math.min(together, tokens - from));
    }

    /// Tokens `from` to `from + count - 1`.
    private void pass(int worker, int workers, Team team, long[] addresses, int from, int count) {
        int blocks = blocks(), first = Share.start(blocks, worker, workers), end = Share.start(blocks, worker + 1, workers);
        long x = x(worker);
        for (int t = 0; t < count; t++) {
            norms[worker][t] = copy(addresses[0] + 4L * (from + t) * op.width(), x + t * paddedX());
            lows[t][worker].clear();
        }
        screen(worker, first, end, addresses[2], count);
        team.barrier();
        for (int t = 0; t < count; t++) {
            merged[worker].clear();
            for (int other = 0; other < team.workers(); other++) merged[worker].offerAll(lows[t][other]);
            logits[t][worker].clear();
            rescore(first * Fold.ROWS, Math.min(end * Fold.ROWS, op.vocabulary()), worker, t, addresses[1]);
        }
        team.barrier();
        if (worker > 0) return;
        for (int t = 0; t < count; t++) {
            Shortlist largest = logits[t][0];
            for (int other = 1; other < team.workers(); other++) largest.offerAll(logits[t][other]);
            long at = 4L * (from + t) * op.count();
            for (int i = 0; i < largest.size(); i++) {
                Lanes.i32(addresses[3] + at + 4L * i, largest.number(i));
                Lanes.f32(addresses[4] + at + 4L * i, largest.value(i));
            }
        }
    }

    private long x(int worker) {
        return scratch.of(worker) + Rows.STREAMS * Fold.BYTES + Fold.ROW;
    }

    /// Where the logits of a worker's rows must lie, for `count` tokens.
    ///
    /// Each stream of its own walks through memory without a jump: the rows of a block are too short for a prefetcher. A last block that
    /// is not whole is no matter for streams, which would take what lies behind the rows for rows.
    private void screen(int worker, int first, int end, long memory, int count) {
        int streams = tiles.length > 0 ? ScreenTiles.ROWS : Rows.STREAMS;
        int whole = Math.clamp(op.vocabulary() / Fold.ROWS, first, end), each = (whole - first) / streams;
        if (tiles.length > 0) {
            for (int t = 0; t < count; t++) tiles[worker].take(t, x(worker) + t * paddedX());
            for (int b = first; b < first + each; b++) tiles(worker, b * Fold.ROWS, each * Fold.ROWS, memory, count);
        } else {
            for (int b = first; b < first + each; b++) streams(worker, b * Fold.ROWS, each * Fold.ROWS, memory);
        }
        for (int b = first + streams * each; b < end; b++)
            for (int t = 0; t < count; t++) block(worker, b * Fold.ROWS, memory, t);
    }

    /// Copies x behind its width with zeros.
    ///
    /// @return its norm, rounded up
    private float copy(long x, long to) {
        double squares = 0;
        for (int i = 0; i < op.width(); i++) {
            float value = Lanes.f32(x + 4L * i);
            squares += (double) value * value;
            Lanes.f32(to + 4L * i, value);
        }
        for (int i = op.width(); i < paddedWidth(); i++) Lanes.f32(to + 4L * i, 0);
        return up(Math.sqrt(squares));
    }

    /// A norm as a float that is not below it, whatever its sum was rounded by.
    static float up(double norm) {
        return Math.nextUp((float) (norm * (1 + 0x1p-30)));
    }

    /// Sixteen rows in each of sixteen streams, by the matrix unit.
    ///
    /// @param v     first row of the first stream
    /// @param apart rows from a stream to the next
    private void tiles(int worker, int v, int apart, long memory, int count) {
        long stride = screen.stride(), sums = scratch.of(worker);
        ScreenTiles unit = tiles[worker];
        for (int r = 0; r < Fold.ROWS; r++)
            unit.products(memory + (v + r) * stride, apart * stride, count, sums + 4L * r, Fold.ROW, Fold.BYTES);
        for (int t = 0; t < count; t++) {
            float rest = unit.rest(t), norm = up((double) norms[worker][t] + rest);
            float outside = up(Int8Head.LARGEST * Math.sqrt(op.width()) * rest * (1 + 0x1p-20));
            for (int s = 0; s < ScreenTiles.ROWS; s++)
                ends(v + s * apart, Fold.ROWS, memory, norm, outside, sums + t * (long) Fold.BYTES + s * (long) Fold.ROW, t, lows[t][worker]);
        }
    }

    /// Sixteen rows in each of eight streams, for the first token.
    ///
    /// @param v     first row of the first stream
    /// @param apart rows from a stream to the next
    private void streams(int worker, int v, int apart, long memory) {
        long stride = screen.stride(), lanes = scratch.of(worker), sums = lanes + Rows.STREAMS * Fold.BYTES;
        for (int r = 0; r < Fold.ROWS; r++)
            ScreenRows.dots(memory + (v + r) * stride, apart * stride, Rows.STREAMS - 1, x(worker), paddedWidth(),
                    lanes + (long) r * Fold.ROW, Fold.BYTES);
        for (int s = 0; s < Rows.STREAMS; s++) {
            Fold.sixteen(lanes + (long) s * Fold.BYTES, sums);
            ends(v + s * apart, Fold.ROWS, memory, norms[worker][0], 0, sums, 0, lows[0][worker]);
        }
    }

    /// Sixteen rows, or fewer at the end of the table, for token `t`.
    private void block(int worker, int v, long memory, int t) {
        int count = Math.min(Fold.ROWS, op.vocabulary() - v);
        long rows = memory + (long) v * screen.stride(), lanes = scratch.of(worker), sums = lanes + Rows.STREAMS * Fold.BYTES;
        for (int r = 0; r < count; r += Rows.STREAMS)
            ScreenRows.dots(rows + (long) r * screen.stride(), screen.stride(), count - 1 - r, x(worker) + t * paddedX(), paddedWidth(),
                    lanes + (long) r * Fold.ROW, Fold.ROW);
        Fold.sixteen(lanes, sums);
        ends(v, count, memory, norms[worker][t], 0, sums, t, lows[t][worker]);
    }

    /// Where the logits of some rows must lie.
    ///
    /// @param norm by which bounds are multiplied
    /// @param rest by which scales are, see [Int8Head]
    private void ends(int v, int count, long memory, float norm, float rest, long sums, int t, Shortlist low) {
        long scales = memory + screen.scales() + 4L * v, bounds = memory + screen.bounds() + 4L * v, high = highs.of(t) + 4L * v;
        if (count == Fold.ROWS) reaches(sums, scales, bounds, norm, rest, high);
        else for (int r = 0; r < count; r++) reach(sums, scales, bounds, norm, rest, high, r);
        float least = low.least();
        for (int r = 0; r < count; r++) {
            float lower = Lanes.f32(sums + 4L * r);
            if (lower > least) {
                low.offer(lower, v + r);
                least = low.least();
            }
        }
    }

    /// Of 16 rows: sums become the lower ends, `high` the upper ones.
    private static void reaches(long sums, long scales, long bounds, float norm, float rest, long high) {
        for (long i = 0; i < Fold.ROW; i += 4L * COUNT) {
            FloatVector scale = fromMemorySegment(F32, ALL, scales + i & MASK, ORDER);
            FloatVector near = fromMemorySegment(F32, ALL, sums + i & MASK, ORDER).mul(scale);
            FloatVector reach = fromMemorySegment(F32, ALL, bounds + i & MASK, ORDER).mul(norm).add(scale.mul(rest)).add(Int8Head.SMALLEST);
            near.add(reach).intoMemorySegment(ALL, high + i & MASK, ORDER);
            near.sub(reach).intoMemorySegment(ALL, sums + i & MASK, ORDER);
        }
    }

    private static void reach(long sums, long scales, long bounds, float norm, float rest, long high, int r) {
        float scale = Lanes.f32(scales + 4L * r), near = Lanes.f32(sums + 4L * r) * scale;
        float reach = Lanes.f32(bounds + 4L * r) * norm + scale * rest + Int8Head.SMALLEST;
        Lanes.f32(high + 4L * r, near + reach);
        Lanes.f32(sums + 4L * r, near - reach);
    }

    /// Exact logits of token `t` and the rows whose upper end reaches the floor, eight at a time, from copies that lie side by side.
    private void rescore(int first, int end, int worker, int t, long rows) {
        long lanes = scratch.of(worker), x = x(worker) + t * paddedX(), copies = x(worker) + together * paddedX(), high = highs.of(t);
        float floor = merged[worker].least();
        int count = 0;
        for (int v = next(high, first, end, floor); v < end; v = next(high, v + 1, end, floor)) {
            long from = rows + v * rowBytes(), to = copies + count * rowBytes();
            Lanes.copy(from, to, rowBytes());
            waiting[worker][count++] = v;
            if (count < Rows.STREAMS) continue;
            score(waiting[worker], count, copies, x, lanes, logits[t][worker]);
            count = 0;
        }
        if (count > 0) score(waiting[worker], count, copies, x, lanes, logits[t][worker]);
    }

    private void score(int[] rows, int count, long copies, long x, long lanes, Shortlist into) {
        table.dots(copies, rowBytes(), count - 1, x, op.width(), lanes);
        for (int r = 0; r < count; r++) into.offer(Fold.one(lanes + (long) r * Fold.ROW), rows[r]);
    }

    /// The next row from `v` on whose upper end reaches `floor`, or `end`.
    private int next(long high, int v, int end, float floor) {
        while (v <= end - COUNT && !fromMemorySegment(F32, ALL, high + 4L * v & MASK, ORDER).compare(GE, floor).anyTrue())
            v += COUNT;
        while (v < end && !(Lanes.f32(high + 4L * v) >= floor)) v++;
        return v;
    }
}
