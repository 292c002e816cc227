package tern.scheduler.warp;

import static java.util.Locale.ROOT;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop.GroupProduct;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.warp.ChunkView.Quad;

/// How prepared activations and sums lie where groups of four warps multiply.
///
/// Prepared are 32-bit words of four int8 each: the sums of all tokens, then `[tokens of a block][step][word of the view][token][lane along k]`.
/// So what a block needs for a step is one piece, and the 16 bytes of each token that belong to a word of the view follow each other, which is
/// how the unit finds columns: no two of eight tokens share a bank.
///
/// @param g a geometry with groups
public record WarpgroupLayout(WarpGeometry g) {

    /// Words of 16 bytes: four lanes along k.
    public static final int CHUNK = 4;

    /// Warps that multiply together.
    public static final int WARPS = 4;

    /// Most tokens of a product, and sums of a thread that leave room for all else.
    private static final int TOKENS = 256, ACCUMULATORS = 192;

    /// From the sums of eight rows and four tokens to those of the next rows: then neighbouring rows lie in different banks.
    private static final int RUN = 33;

    /// A product of 32 k: two quads of the rows of a pair, each with the word of the view that it meets.
    ///
    /// @param low  null if no digits belong there
    /// @param high null if no digits belong there
    public record Fragment(WarpGeometry.Pair pair, @Nullable Integer low, @Nullable Integer high, int lowWord, int highWord) {}

    /// Products of a step, those that meet the same activations side by side.
    public List<List<Fragment>> products() {
        var products = new ArrayList<List<Fragment>>();
        int most = g.pairs().stream().mapToInt(pair -> g.quads(pair.slot()).size()).max().orElseThrow();
        for (int q = 0; q < most; q += 2) {
            var together = new ArrayList<Fragment>();
            for (WarpGeometry.Pair pair : g.pairs()) {
                List<Quad> quads = g.quads(pair.slot());
                if (q >= quads.size()) continue;
                int own = quads.get(q).word(), next = q + 1 < quads.size() ? quads.get(q + 1).word() : own;
                if (own != next)
                    together.add(own < next ? new Fragment(pair, q, q + 1, own, next) : new Fragment(pair, q + 1, q, next, own));
                else for (int one = q; one < Math.min(q + 2, quads.size()); one++) together.add(alone(pair, one, own));
            }
            products.add(together);
        }
        return products;
    }

    private Fragment alone(WarpGeometry.Pair pair, int quad, int word) {
        return word + 1 < words() ? new Fragment(pair, quad, null, word, word + 1) : new Fragment(pair, null, quad, word - 1, word);
    }

    // Activations

    /// Words of the view, and one more if it is alone: a product always has two.
    public int words() {
        return Math.max(2, g.view().columns().size());
    }

    public int stageWords() {
        return words() * wordWords();
    }

    /// From a word of the view to the next.
    public int wordWords() {
        return g.schedule().tokens() * CHUNK;
    }

    private int tokenBlocks() {
        return g.tokenBlocks(g.maxTokens());
    }

    private int header() {
        return Math.ceilDiv(tokenBlocks() * g.schedule().tokens(), 32) * 32;
    }

    /// First word of a step of some tokens.
    ///
    /// @param block number of the tokens' block
    public Expr stepWord(Expr block, Expr step) {
        return add(multiply(add(multiply(block, i32(g.steps())), step), i32(stageWords())), i32(header()));
    }

    int preparedWords() {
        return Math.addExact(header(), Math.multiplyExact(tokenBlocks() * g.steps(), stageWords()));
    }

    // Sums

    // Register i of thread 4 * r + c in a product, see [Expr.Mma], holds row r + i / 2 * 8 and token 2 * c + i % 2 of eight: what 32 threads
    // hold in one register is a run, `[weight][eight tokens][i % 2][pair of the block][i / 2][thread]`.

    /// Rows of a block, those of padding included.
    public int rows() {
        return g.rowWarps() * g.pairs().size() * 16;
    }

    /// From tokens of even number to those of odd number.
    private int parity() {
        return g.rowWarps() * g.pairs().size() * 2 * RUN;
    }

    /// Words from eight tokens to the next ones.
    public int eightWords() {
        return 2 * parity();
    }

    public int weightWords() {
        return g.tokenGroups() * eightWords();
    }

    /// First word of a run, counted from eight tokens' first.
    ///
    /// @param pair     of the block
    /// @param register of a thread
    public int run(int pair, int register) {
        return register % 2 * parity() + (pair * 2 + register / 2) * RUN;
    }

    /// Where among eight tokens' sums a row has that of the first token.
    ///
    /// @param row of the 16 of a pair
    public int sumOf(int pair, int row) {
        return run(pair, row / 8 * 2) + row % 8 * 4;
    }

    /// How far after it that of another token is.
    public int sumOfToken(int token) {
        return token % 2 * parity() + token / 2;
    }

    /// Stages, and later sums.
    int sharedBytes() {
        return 4 * Math.max(g.schedule().unroll() * stageWords(), g.kernel().weights().size() * weightWords());
    }

    /// @throws InapplicableException if a geometry has no such form
    void check() {
        int tokens = g.schedule().tokens();
        require(g.maxTokens() > 1, "groups are for several tokens");
        require(g.schedule().warps() % WARPS == 0, String.format(ROOT, "groups are of four warps, of which %d are none", g.schedule().warps()));
        require(tokens % GroupProduct.COLUMNS == 0 && (tokens <= 32 || tokens % 16 == 0) && tokens <= TOKENS,
                String.format(ROOT, "groups multiply no %d tokens at once", tokens));
        require(g.schedule().unroll() > 1, "groups: a pipeline has two stages or more");
        require(g.accumulators() <= ACCUMULATORS, String.format(ROOT, "%d accumulators do not fit the registers", g.accumulators()));
    }

    private static void require(boolean holds, String reason) {
        if (!holds) throw new InapplicableException(reason);
    }
}
