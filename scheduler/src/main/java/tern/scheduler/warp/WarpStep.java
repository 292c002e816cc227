package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;
import static tern.scheduler.warp.WarpMultiply.all;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.warp.ChunkView.Quad;

/// The innermost steps on a warp: each lane loads chunks of weights and the activations that belong to them, unpacks the chunks
/// and adds dot products of four to its accumulators.
public final class WarpStep {

    private final WarpGeometry g;
    private final Names names;
    private final Buf prepared;
    private final List<Buf> weights;
    private final WarpWeights loads;
    private final ChunkDigits digits;
    private final Buf places;

    WarpStep(WarpGeometry g, Names names, Buf prepared, List<Buf> weights) {
        this.g = g;
        this.names = names;
        this.prepared = prepared;
        this.weights = weights;
        places = Buf.constant("place", Element.I32,
                IntStream.range(0, 32).map(lane -> g.place(lane % g.schedule().lanes()) * g.group()).toArray());
        loads = new WarpWeights(g, names, weights);
        digits = new ChunkDigits(g, names);
    }

    List<Buf> constants() {
        var constants = new ArrayList<Buf>();
        if (!isOnePlaceEach() && !g.isGrouped()) constants.add(places);
        constants.addAll(loads.constants());
        constants.addAll(digits.tables());
        return constants;
    }

    /// Whether lanes along k and places are numbered alike.
    private boolean isOnePlaceEach() {
        return IntStream.range(0, g.schedule().lanes()).allMatch(kl -> g.place(kl) == kl);
    }

    /// Where a warp works, and its accumulators.
    ///
    /// @param rowWords  for each row tile of a lane, its first word
    /// @param kLane     number along k
    /// @param tokens    for each token, its first prepared word of this lane
    /// @param sums      `[weight][row tile][token][slot][shift]`
    /// @param tables    entries in registers or memory, by the table
    /// @param products  `[weight][pair][group of tokens]` for matrices
    public record Registers(List<Var> rowWords, Var kLane, List<Var> tokens, Var[][][][][] sums, Var[][][] products, Map<Buf, Var> tables) {}

    /// Declares what stays the same, and the accumulators.
    ///
    /// @param rowGroup number of the warp along the rows
    Registers begin(List<Loop> steps, Expr rowGroup, Expr firstToken, Var n) {
        int lanes = g.schedule().lanes();
        Var lane = let(steps, "lane", new Expr.Lane(LANES));
        Var kLane = let(steps, "kLane", Expr.mask(ref(lane), lanes - 1));
        Expr rowLane = Expr.shiftRight(ref(lane), Integer.numberOfTrailingZeros(lanes));
        List<Var> rowWords = loads.rows(steps, rowGroup, rowLane);
        if (g.isGrouped()) return new Registers(rowWords, kLane, List.of(), new Var[0][][][][], products(steps), digits.hold(steps));
        Expr place = isOnePlaceEach()
                ? multiply(ref(kLane), all(g.group()))
                : Expr.load(places, i32(0), 32);
        Var first = let(steps, "place", add(place, all(WarpGeometry.HEADER)));
        var tokens = new ArrayList<Var>();
        if (g.isStaged()) tokens.addAll(stagedPlaces(steps, rowLane, place));
        else for (int t = 0; t < g.tokenGroups(); t++) {
            Expr last = WarpMultiply.minus(ref(n), 1);
            Expr token = g.isTensor()
                    ? Expr.binary(Operation.MIN, add(all(add(firstToken, i32(8 * t))), rowLane), all(last))
                    : all(g.maxTokens() == 1 ? i32(0) : Expr.binary(Operation.MIN, add(firstToken, i32(t)), last));
            tokens.add(let(steps, "token", add(ref(first), multiply(token, all(g.tokenWords())))));
        }
        Map<Buf, Var> held = digits.hold(steps);
        return g.isTensor()
                ? new Registers(rowWords, kLane, tokens, new Var[0][][][][], products(steps), held)
                : new Registers(rowWords, kLane, tokens, accumulators(steps), new Var[0][][], held);
    }

    private Var[][][][][] accumulators(List<Loop> steps) {
        int weight = weights.size(), rowTiles = g.schedule().rowTiles(), tokens = g.schedule().tokens();
        Var[][][][][] sums = new Var[weight][rowTiles][tokens][g.view().slots()][];
        for (Var[][][][] ofWeight : sums)
            for (Var[][][] ofTile : ofWeight)
                for (Var[][] ofToken : ofTile)
                    for (int slot = 0; slot < ofToken.length; slot++) {
                        ofToken[slot] = new Var[g.shifts(slot).size()];
                        for (int s = 0; s < ofToken[slot].length; s++) {
                            ofToken[slot][s] = names.mutable("sum", LANES);
                            steps.add(new Loop.Let(ofToken[slot][s], Expr.zero(LANES)));
                        }
                    }
        return sums;
    }

    private Var[][][] products(List<Loop> steps) {
        Type type = new Type(Element.I32, 128);
        Var[][][] products = new Var[weights.size()][g.pairs().size()][g.tokenGroups()];
        for (Var[][] ofWeight : products)
            for (Var[] ofPair : ofWeight)
                for (int t = 0; t < ofPair.length; t++) {
                    ofPair[t] = names.mutable("product", type);
                    steps.add(new Loop.Let(ofPair[t], Expr.zero(type)));
                }
        return products;
    }

    private Var let(List<Loop> steps, String stem, Expr value) {
        Var var = names.value(stem, value.type());
        steps.add(new Loop.Let(var, value));
        return var;
    }

    /// Where a lane begins to read a stage: its token among eight, its place; for the groups of even and of odd number.
    private List<Var> stagedPlaces(List<Loop> steps, Expr token, Expr place) {
        var places = new ArrayList<Var>();
        for (int odd = 0; odd < 2; odd++) {
            Expr at = add(multiply(token, all(g.stepWords())), place);
            if (g.isSwizzled())
                at = add(at, multiply(Expr.binary(Operation.XOR, Expr.mask(token, 1), all(odd)), all(g.groupWords())));
            places.add(let(steps, "token", at));
        }
        return places;
    }

    /// The weights of step 0, `[weight][row tile]`, in variables for those of later ones.
    public Var[][] firstWeights(List<Loop> steps, Registers place) {
        return loads.kept(steps, loads.load(steps, place.rowWords(), place.kLane(), i32(0)));
    }

    /// Loads the weights of a step.
    public Var[][] load(List<Loop> steps, Registers place, Expr step) {
        return loads.load(steps, place.rowWords(), place.kLane(), step);
    }

    /// What unpacks the weights that [#firstWeights] and [#keep] have left in variables.
    public ChunkDigits.Step codes(List<Loop> steps, Registers place, Var[][] words) {
        return digits.new Step(steps, loads.taken(steps, words), place.tables());
    }

    /// Puts the weights of a step in the place of those before.
    public void keep(List<Loop> steps, Var[][] words, Var[][] later) {
        loads.keep(steps, words, later);
    }

    /// One step of a pipeline: loads the weights of the step `next`, multiplies `words`, and puts the ones in the place of the others.
    ///
    /// @param stage first word of the stage
    Loop staged(Registers place, Var[][] words, Expr next, Expr stage, Buf stages) {
        var steps = new ArrayList<Loop>();
        Var[][] later = loads.load(steps, place.rowWords(), place.kLane(), next);
        Body body = new Body(place, steps, stage, stages, loads.taken(steps, words));
        body.multiplyMatrices();
        loads.keep(steps, words, later);
        return Loop.block(steps);
    }

    /// `count` steps of this warp from `step` on: all loads first.
    Loop steps(Registers place, Expr step, int count) {
        var steps = new ArrayList<Loop>();
        var bodies = new ArrayList<Body>();
        for (int u = 0; u < count; u++) {
            Expr own = add(step, i32(u * g.schedule().split()));
            bodies.add(new Body(place, steps, own, prepared, loads.load(steps, place.rowWords(), place.kLane(), own)));
        }
        for (Body body : bodies) {
            if (g.isTensor()) body.multiplyMatrices();
            else {
                body.loadActivations();
                body.multiplyAll();
            }
        }
        return Loop.block(steps);
    }

    /// One step.
    private final class Body {
        private final Registers place;
        private final List<Loop> steps;
        /// The step, or the first word of its stage.
        private final Expr step;
        private final Buf source;
        private final ChunkDigits.Step codes;
        /// `[token][group]`, null until they are loaded.
        private final @Nullable Var[][] activations;
        private final @Nullable Var[] starts;

        /// @param source where activations are: prepared ones, or stages of them
        /// @param chunks of weights, `[weight][row tile]`
        Body(Registers place, List<Loop> steps, Expr step, Buf source, Var[][] chunks) {
            this.place = place;
            this.steps = steps;
            this.step = step;
            this.source = source;
            codes = digits.new Step(steps, chunks, place.tables());
            starts = new Var[g.tokenGroups()];
            activations = new Var[g.tokenGroups()][g.groups()];
        }

        void loadActivations() {
            for (int t = 0; t < activations.length; t++)
                for (int group = 0; group < g.groups(); group++) loaded(t, group);
        }

        /// A group of activations of a token, or of a lane's one of eight tokens: loaded where it is first used.
        private Var loaded(int t, int group) {
            Var loaded = activations[t][group];
            if (loaded != null) return loaded;
            Var own = let(steps, "x", new Expr.Gather(new Type(Element.I32, 32 * g.group()), source, activationWord(t, group)));
            activations[t][group] = own;
            return own;
        }

        private Expr activationWord(int t, int group) {
            if (g.isStaged()) {
                int pair = g.isSwizzled() ? group & ~1 : group;
                return add(add(ref(place.tokens().get(group & 1)), all(step)), all(t * 8 * g.stepWords() + pair * g.groupWords()));
            }
            Var start = starts[t];
            if (start == null) {
                start = let(steps, "at", add(ref(place.tokens().get(t)), all(multiply(step, i32(g.stepWords())))));
                starts[t] = start;
            }
            return add(ref(start), all(group * g.groupWords()));
        }

        void multiplyAll() {
            for (Quad quad : g.view().quads())
                for (int w = 0; w < weights.size(); w++)
                    for (int r = 0; r < g.schedule().rowTiles(); r++) {
                        Expr digits = new Expr.Bitcast(codes.bytesType(), codes.digits(quad, w, r));
                        if (g.schedule().tokens() > 1) digits = ref(let(steps, "digits", digits));
                        int shift = g.shifts(quad.slot()).indexOf(WarpGeometry.shift(quad));
                        for (int t = 0; t < g.schedule().tokens(); t++) {
                            Var sum = place.sums()[w][r][t][quad.slot()][shift];
                            steps.add(new Loop.Set(sum, new Expr.Dot(ref(sum), digits, activations(quad.word(), t))));
                        }
                    }
        }

        /// Fragments of 16 rows and 32 k, two quads of each of two rows a lane, times those of 32 k and 8 tokens. All rows use a group of
        /// activations before the next one is loaded.
        void multiplyMatrices() {
            int most = 0;
            for (WarpGeometry.Pair pair : g.pairs()) most = Math.max(most, g.quads(pair.slot()).size());
            for (int q = 0; q < most; q += 2)
                for (int w = 0; w < weights.size(); w++)
                    for (int p = 0; p < g.pairs().size(); p++) {
                        WarpGeometry.Pair pair = g.pairs().get(p);
                        List<Quad> upper = g.quads(pair.slot()), lower = g.quads(pair.otherSlot());
                        if (q >= upper.size()) continue;
                        boolean two = q + 1 < upper.size();
                        var rows = new ArrayList<Expr>();
                        rows.add(codes.bytes(upper.get(q), w, pair.rowTile()));
                        rows.add(codes.bytes(lower.get(q), w, pair.otherRowTile()));
                        rows.add(two ? codes.bytes(upper.get(q + 1), w, pair.rowTile()) : codes.none());
                        rows.add(two ? codes.bytes(lower.get(q + 1), w, pair.otherRowTile()) : codes.none());
                        for (int t = 0; t < g.tokenGroups(); t++) {
                            Var product = place.products()[w][p][t];
                            var columns = new ArrayList<Expr>();
                            columns.add(activations(upper.get(q).word(), t));
                            columns.add(activations(upper.get(two ? q + 1 : q).word(), t));
                            steps.add(new Loop.Set(product, new Expr.Mma(ref(product), rows, columns)));
                        }
                    }
        }

        private Expr activations(int word, int t) {
            return new Expr.Bitcast(new Type(Element.I8, 128), activation(word, t));
        }

        private Expr activation(int word, int t) {
            return codes.part(loaded(t, word / g.group()), word % g.group());
        }
    }
}
