package tern.scheduler.warp;

import static java.util.Locale.ROOT;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Packing.Order;
import tern.ir.Schedule;
import tern.ir.loop.Expr;
import tern.scheduler.packing.TileCover;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.OfProblem;
import tern.scheduler.problem.Problem;
import tern.scheduler.program.Parameters;

/// A kernel with its sizes, packing and schedule on warps, and all that follows: what its two programs must agree on.
///
/// A row tile is a run of chunks along k. In step i, lane `rl * K + kl` of a warp takes chunk `i * K + kl` of its row tiles. Prepared
/// activations are 32-bit words of four int8 each: for each token the sum of its activations and three zeros, then
/// `[step][group][place][in group]`, where lanes with the same columns share a place, and a group is what one load takes. Where blocks
/// stage them, the sums of all tokens come first, then `[step][token][group][place][in group]`.
///
/// @param bands    how lanes share out the chunks
/// @param patterns for each chunk of a band, which set of columns it has
/// @param count    different sets of columns
public record WarpGeometry(
        Problem problem, WarpTiling schedule, ChunkView view, ChunkBands bands, int[] patterns, int count) implements OfProblem {

    /// Accumulators of a lane, at most.
    private static final int ACCUMULATORS = 128;

    /// Words in front of a token's prepared activations.
    static final int HEADER = 4;

    /// @throws InapplicableException if this packing cannot be computed this way; the message says why
    public static WarpGeometry of(Problem problem, Packing packing, Schedule.Gpu of) {
        if (problem.kernel().group() > 0) throw new InapplicableException("scales of groups have no lowering for GPUs");
        WarpTiling schedule = WarpTiling.of(of);
        ChunkView view = widest(packing, problem.k());
        ChunkBands bands = schedule.isTensor() ? ChunkBands.byRows(view) : ChunkBands.together(view);
        if (schedule.lanes() % bands.each() != 0)
            throw new InapplicableException(String.format(ROOT, "%d lanes along k, where chunks repeat after %d", schedule.lanes(), bands.each()));
        var sets = new ArrayList<List<List<Integer>>>();
        int[] patterns = new int[bands.each()];
        for (int c = 0; c < patterns.length; c++) {
            var set = new ArrayList<List<Integer>>();
            for (int[][] word : view.columns()) set.add(TileCover.asList(word[bands.members()[0][c]]));
            if (!sets.contains(set)) sets.add(set);
            patterns[c] = sets.indexOf(set);
        }
        var geometry = new WarpGeometry(problem, schedule, view, bands, patterns, sets.size());
        geometry.check();
        return geometry;
    }

    /// The widest loads whose alignment the packing's bytes allow.
    private static ChunkView widest(Packing packing, int k) {
        String reason = String.format(ROOT, "a row of tiles has %d bytes", (long) packing.columnTiles(k) * packing.tileBytes());
        for (int bytes = 16; bytes >= 4; bytes /= 2) {
            if (packing.order() == Order.K_INNERMOST && (long) packing.columnTiles(k) * packing.tileBytes() % bytes != 0) continue;
            try {
                return ChunkView.of(packing, bytes);
            } catch (InapplicableException e) {
                reason = String.valueOf(e.getMessage());
            }
        }
        throw new InapplicableException(reason);
    }

    private void check() {
        if (isTensor()) checkMatrices();
        if (isStaged()) WarpPipeline.check(this);
        if (isGrouped()) new WarpgroupLayout(this).check();
        else if (accumulators() > ACCUMULATORS)
            throw new InapplicableException(String.format(ROOT, "%d accumulators do not fit the registers", accumulators()));
        Interval digit = Interval.of(0);
        for (Packing.Section s : packing().sections()) digit = digit.union(CodeBook.of(s.codec()).alphabet());
        Interval total = digit.times(Parameters.ACTIVATION).upTo(k());
        if (!total.fits(Element.I32)) throw new InapplicableException(String.format(ROOT, "k = %d: sums of %s do not fit i32", k(), total));
        for (ChunkView.Quad quad : view.quads()) {
            Interval decoded = quad.decoded(view.signed()).times(Parameters.ACTIVATION).upTo(k());
            if (!decoded.fits(Element.I32))
                throw new InapplicableException(String.format(ROOT, "k = %d: sums of digits as they lie, %s, do not fit i32", k(), decoded));
        }
    }

    /// Lane rl * 4 + kl of a warp holds row rl of a fragment, and part kl of its k.
    private void checkMatrices() {
        if (schedule.tokens() % 8 != 0) throw new InapplicableException("mma takes tokens by eights, not " + schedule.tokens());
        if (bands.count() > rowLanes() || Integer.bitCount(bands.count()) != 1)
            throw new InapplicableException(String.format(ROOT, "mma: the chunks of a tile hold rows of %d kinds", bands.count()));
        if (bands.count() > 1 && columnTiles() % view.tiles() != 0)
            throw new InapplicableException(String.format(ROOT, "mma: chunks reach over %d tiles of %d", view.tiles(), columnTiles()));
        pairs();
    }

    public boolean isTensor() {
        return schedule.isTensor();
    }

    /// Whether warps multiply by fours, see [WarpgroupLayout].
    public boolean isGrouped() {
        return schedule.schedule() instanceof Schedule.Warpgroups;
    }

    /// Whether lanes read activations from shared memory.
    public boolean isStaged() {
        return schedule.schedule() instanceof Schedule.Tiles;
    }

    /// Two sets of eight rows that make a fragment of 16: one row of each lane's row tile `rowTile`, that of `slot`.
    public record Pair(int rowTile, int slot, int otherRowTile, int otherSlot) {}

    /// Neighbouring row tiles, or, of a single one, neighbouring rows whose digits meet the same activations.
    public List<Pair> pairs() {
        var pairs = new ArrayList<Pair>();
        if (schedule.rowTiles() % 2 == 0) {
            for (int r = 0; r < schedule.rowTiles(); r += 2)
                for (int slot = 0; slot < view.slots(); slot++) pairs.add(new Pair(r, slot, r + 1, slot));
            return pairs;
        }
        if (view.slots() % 2 != 0) throw new InapplicableException("mma: an odd number of rows");
        for (int r = 0; r < schedule.rowTiles(); r++)
            for (int slot = 0; slot < view.slots(); slot += 2) {
                if (!words(slot).equals(words(slot + 1))) throw new InapplicableException("mma: rows of a chunk with different columns");
                pairs.add(new Pair(r, slot, r, slot + 1));
            }
        return pairs;
    }

    /// The digits of a slot, four by four.
    public List<ChunkView.Quad> quads(int slot) {
        return view.quads().stream().filter(quad -> quad.slot() == slot).toList();
    }

    private List<Integer> words(int slot) {
        return quads(slot).stream().map(ChunkView.Quad::word).toList();
    }

    /// Groups of tokens that a lane reads activations of: single ones, or, for matrices, eights.
    public int tokenGroups() {
        return isTensor() ? schedule.tokens() / 8 : schedule.tokens();
    }

    public Packing packing() {
        return view.packing();
    }

    /// Accumulators of a lane.
    public int accumulators() {
        if (isTensor()) return 4 * pairs().size() * tokenGroups() * kernel().weights().size();
        int each = 0;
        for (int slot = 0; slot < view.slots(); slot++) each += shifts(slot).size();
        return each * schedule.rowTiles() * schedule.tokens() * kernel().weights().size();
    }

    /// How far above their place the digits of a slot are added up, ascending: each needs an accumulator of its own.
    List<Integer> shifts(int slot) {
        var shifts = new TreeSet<Integer>();
        for (ChunkView.Quad quad : view.quads()) if (quad.slot() == slot) shifts.add(shift(quad));
        return List.copyOf(shifts);
    }

    static int shift(ChunkView.Quad quad) {
        return switch (quad.decode()) {
            case ChunkView.Decode.Bytes bytes -> bytes.shift();
            case ChunkView.Decode.Table _ -> 0;
        };
    }

    // Lanes

    /// Lanes of a warp along the row tiles.
    int rowLanes() {
        return 32 / schedule.lanes();
    }

    /// Groups of warps with row tiles of their own.
    public int rowWarps() {
        return schedule.warps() / schedule.split();
    }

    int rowTilesOfBlock() {
        return rowWarps() * schedule.rowTiles() * rowLanes();
    }

    public int blocks() {
        return Math.ceilDiv(rowTiles(), rowTilesOfBlock());
    }

    /// Of a block: the sums of all its lanes.
    public int sharedBytes() {
        if (isGrouped()) return new WarpgroupLayout(this).sharedBytes();
        if (isTensor()) return Math.max(4 * 32 * schedule.warps() * accumulators(), isStaged() ? 4 * schedule.unroll() * stageWords() : 0);
        return 4 * 32 * kernel().weights().size() * schedule.tokens() * schedule.warps() * schedule.rowTiles() * view.slots();
    }

    public int tokenBlocks(int tokens) {
        return Math.ceilDiv(tokens, schedule.tokens());
    }

    // Weights

    /// Each band counts.
    int rowTiles() {
        return packedTiles() * bands.count();
    }

    /// As the packing counts them.
    int packedTiles() {
        return packing().rowTiles(m());
    }

    int columnTiles() {
        return packing().columnTiles(k());
    }

    /// Chunks of a row tile.
    int chunks() {
        return Math.toIntExact((long) columnTiles() * packing().tileBytes() / view.bytes() / bands.count());
    }

    public int steps() {
        return Math.ceilDiv(chunks(), schedule.lanes());
    }

    int tileWords() {
        return packing().tileBytes() / 4;
    }

    /// Words of a weight parameter that hold weights.
    int weightWords() {
        return Math.toIntExact((long) packedTiles() * columnTiles() * packing().tileBytes() / 4);
    }

    // Activations

    /// Words of activations that one load takes.
    public int group() {
        int words = view.columns().size();
        return words > 2 ? 4 : words;
    }

    /// Loads of activations for one chunk.
    public int groups() {
        return Math.ceilDiv(view.columns().size(), group());
    }

    /// Places of a step.
    int places() {
        return schedule.lanes() / bands.each() * count;
    }

    /// The place of a lane along k.
    int place(int kLane) {
        return kLane / bands.each() * count + patterns[kLane % bands.each()];
    }

    /// Words of one group of a step.
    int groupWords() {
        return places() * group();
    }

    public int stepWords() {
        return groups() * groupWords();
    }

    /// Words of a stage of activations in shared memory: a step of all tokens of a block.
    public int stageWords() {
        return schedule.tokens() * stepWords();
    }

    /// Whether each second token has its groups in pairs the other way round: a group is half as wide as all banks, and else the eight
    /// lanes that are served at once would find two tokens in the same half.
    boolean isSwizzled() {
        return isStaged() && groupWords() == 16 && groups() % 2 == 0;
    }

    private int tokensOfBlocks() {
        return tokenBlocks(maxTokens()) * schedule.tokens();
    }

    /// First word of a step of a token. Where blocks copy steps, those of neighbouring tokens lie side by side.
    Expr stepWord(Expr token, Expr step) {
        if (!isStaged()) return add(multiply(token, i32(tokenWords())), add(multiply(step, i32(stepWords())), i32(HEADER)));
        int header = Math.ceilDiv(tokensOfBlocks(), 4) * 4;
        return add(multiply(add(multiply(step, i32(tokensOfBlocks())), token), i32(stepWords())), i32(header));
    }

    /// The word that holds the sum of a token's activations.
    public Expr sumWord(Expr token) {
        return isStaged() || isGrouped() ? token : multiply(token, i32(tokenWords()));
    }

    /// Words of a token.
    int tokenWords() {
        return HEADER + Math.ceilDiv(steps() * stepWords(), 4) * 4;
    }

    public int preparedWords() {
        if (isGrouped()) return new WarpgroupLayout(this).preparedWords();
        if (isStaged())
            return Math.addExact(Math.ceilDiv(tokensOfBlocks(), 4) * 4, Math.multiplyExact(steps(), tokensOfBlocks() * stepWords()));
        return Math.multiplyExact(maxTokens(), tokenWords());
    }

    /// `bitlinear_n1_m6912_k2560_i2_s_dp4a_l8_j4_n1_w8_s2_u2`.
    public String name() {
        return problem.name(packing()) + String.format(Locale.ROOT, "_%s_l%d_j%d_n%d_w%d_s%d_u%d",
                schedule.schedule().way(), schedule.lanes(), schedule.rowTiles(), schedule.tokens(),
                schedule.warps(), schedule.split(), schedule.unroll());
    }
}
