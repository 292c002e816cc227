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
import tern.ir.Op;
import tern.ir.Screen;

/// The largest logits by way of the screen: the table itself is read in the few rows that may be among them.
///
///     for each row: near = scale * (q . x) and how far it reaches; every logit lies in near - reach .. near + reach
///     barrier; floor = the count-th largest near - reach of all rows
///     for each row with near + reach >= floor: its logit, exactly
///     barrier; one worker merges the largest of all
final class NativeTopLogits implements Spmd {

    private final Op.TopLogits op;
    private final Screen screen;
    private final Rows table;
    /// Of each worker; none where there is no matrix unit.
    private final ScreenTiles[] tiles;
    private final Scratch scratch;
    /// `near + reach` of every row.
    private final Scratch highs;
    /// Largest `near - reach` of each worker's rows, then its largest logits.
    private final Shortlist[] lows, logits;
    /// Of each worker, for all lows together.
    private final Shortlist[] merged;
    /// Of each worker, rows that wait to be scored.
    private final int[][] waiting;

    NativeTopLogits(Op.TopLogits op, int workers) {
        this.op = op;
        screen = new Screen(op.vocabulary(), op.width());
        table = Rows.of(op.element());
        tiles = new ScreenTiles[MatrixUnit.isAvailable() ? workers : 0];
        Arrays.setAll(tiles, worker -> new ScreenTiles(screen));
        scratch = new Scratch(workers, Rows.STREAMS * Fold.BYTES + Fold.ROW + paddedX() + Rows.STREAMS * rowBytes());
        highs = new Scratch(1, 4L * blocks() * Fold.ROWS);
        lows = shortlists(workers);
        logits = shortlists(workers);
        merged = shortlists(workers);
        waiting = new int[workers][Rows.STREAMS];
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
        int blocks = blocks(), first = Share.start(blocks, worker, workers), end = Share.start(blocks, worker + 1, workers);
        long own = scratch.of(worker), lanes = own, sums = own + Rows.STREAMS * Fold.BYTES, x = sums + Fold.ROW;
        float norm = copy(addresses[0], x);
        lows[worker].clear();
        // Each stream of its own walks through memory without a jump: the rows of a block are too short for a prefetcher. A last block that
        // is not whole is no matter for streams, which would take what lies behind the rows for rows.
        int streams = tiles.length > 0 ? ScreenTiles.ROWS : Rows.STREAMS;
        int whole = Math.clamp(op.vocabulary() / Fold.ROWS, first, end), each = (whole - first) / streams;
            block(b * Fold.ROWS, addresses[2], x, norm, lanes, sums, lows[worker]);
        team.barrier();
        merged[worker].clear();
        for (int other = 0; other < team.workers(); other++) merged[worker].offerAll(lows[other]);
        logits[worker].clear();
        rescore(first * Fold.ROWS, Math.min(end * Fold.ROWS, op.vocabulary()), worker, addresses);
        team.barrier();
        if (worker > 0) return;
        for (int other = 1; other < team.workers(); other++) logits[0].offerAll(logits[other]);
        for (int i = 0; i < logits[0].size(); i++) {
            Lanes.i32(addresses[3] + 4L * i, logits[0].number(i));
            Lanes.f32(addresses[4] + 4L * i, logits[0].value(i));
        }
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
    private void tiles(int v, int apart, long memory, ScreenTiles tiles, float norm, long sums, Shortlist low) {
        long stride = screen.stride();
        for (int r = 0; r < Fold.ROWS; r++)
            tiles.products(memory + (v + r) * stride, apart * stride, sums + 4L * r, Fold.ROW);
        float whole = up((double) norm + tiles.rest());
        float rest = up(Screen.LARGEST * Math.sqrt(screen.stride()) * tiles.rest() * (1 + 0x1p-20));
        for (int s = 0; s < ScreenTiles.ROWS; s++)
            ends(v + s * apart, Fold.ROWS, memory, whole, rest, sums + (long) s * Fold.ROW, low);
    }

    /// Sixteen rows in each of eight streams.
    ///
    /// @param v     first row of the first stream
    /// @param apart rows from a stream to the next
    private void streams(int v, int apart, long memory, long x, float norm, long lanes, long sums, Shortlist low) {
        long stride = screen.stride();
        for (int r = 0; r < Fold.ROWS; r++)
            ScreenRows.dots(memory + (v + r) * stride, apart * stride, Rows.STREAMS - 1, x, paddedWidth(),
                    lanes + (long) r * Fold.ROW, Fold.BYTES);
        for (int s = 0; s < Rows.STREAMS; s++) {
            Fold.sixteen(lanes + (long) s * Fold.BYTES, sums);
            ends(v + s * apart, Fold.ROWS, memory, norm, 0, sums, low);
        }
    }

    /// Sixteen rows, or fewer at the end of the table.
    private void block(int v, long memory, long x, float norm, long lanes, long sums, Shortlist low) {
        int count = Math.min(Fold.ROWS, op.vocabulary() - v);
        long rows = memory + (long) v * screen.stride();
        for (int r = 0; r < count; r += Rows.STREAMS)
            ScreenRows.dots(rows + (long) r * screen.stride(), screen.stride(), count - 1 - r, x, paddedWidth(),
                    lanes + (long) r * Fold.ROW, Fold.ROW);
        Fold.sixteen(lanes, sums);
        ends(v, count, memory, norm, 0, sums, low);
    }

    /// Where the logits of some rows must lie.
    ///
    /// @param norm by which bounds are multiplied
    /// @param rest by which scales are, see [Screen]
    private void ends(int v, int count, long memory, float norm, float rest, long sums, Shortlist low) {
        long scales = memory + screen.scales() + 4L * v, bounds = memory + screen.bounds() + 4L * v, high = highs.of(0) + 4L * v;
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
            FloatVector reach = fromMemorySegment(F32, ALL, bounds + i & MASK, ORDER).mul(norm).add(scale.mul(rest)).add(Screen.SMALLEST);
            near.add(reach).intoMemorySegment(ALL, high + i & MASK, ORDER);
            near.sub(reach).intoMemorySegment(ALL, sums + i & MASK, ORDER);
        }
    }

    private static void reach(long sums, long scales, long bounds, float norm, float rest, long high, int r) {
        float scale = Lanes.f32(scales + 4L * r), near = Lanes.f32(sums + 4L * r) * scale;
        float reach = Lanes.f32(bounds + 4L * r) * norm + scale * rest + Screen.SMALLEST;
        Lanes.f32(high + 4L * r, near + reach);
        Lanes.f32(sums + 4L * r, near - reach);
    }

    /// Exact logits of the rows whose upper end reaches the floor, eight at a time, from copies that lie side by side.
    private void rescore(int first, int end, int worker, long[] addresses) {
        long lanes = scratch.of(worker), x = lanes + Rows.STREAMS * Fold.BYTES + Fold.ROW, copies = x + paddedX();
        float floor = merged[worker].least();
        int count = 0;
        for (int v = next(first, end, floor); v < end; v = next(v + 1, end, floor)) {
            long from = addresses[1] + v * rowBytes(), to = copies + count * rowBytes();
            Lanes.copy(from, to, rowBytes());
            waiting[worker][count++] = v;
            if (count < Rows.STREAMS) continue;
            score(waiting[worker], count, copies, x, lanes, logits[worker]);
            count = 0;
        }
        if (count > 0) score(waiting[worker], count, copies, x, lanes, logits[worker]);
    }

    private void score(int[] rows, int count, long copies, long x, long lanes, Shortlist into) {
        table.dots(copies, rowBytes(), count - 1, x, op.width(), lanes);
        for (int r = 0; r < count; r++) into.offer(Fold.one(lanes + (long) r * Fold.ROW), rows[r]);
    }

    /// The next row from `v` on whose upper end reaches `floor`, or `end`.
    private int next(int v, int end, float floor) {
        long high = highs.of(0);
        while (v <= end - COUNT && !fromMemorySegment(F32, ALL, high + 4L * v & MASK, ORDER).compare(GE, floor).anyTrue())
            v += COUNT;
        while (v < end && !(Lanes.f32(high + 4L * v) >= floor)) v++;
        return v;
    }
}
