package tern.scheduler;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.WarpMultiply.LANES;
import static tern.scheduler.WarpMultiply.all;
import static tern.scheduler.WarpMultiply.min;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Packing.Order;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.ChunkView.Decode;
import tern.scheduler.ChunkView.Quad;

/// The innermost steps on a warp: each lane loads chunks of weights and the activations that belong to them, takes the chunks apart
/// and adds dot products of four to its accumulators.
final class WarpStep {

    private final WarpGeometry g;
    private final Names names;
    private final Buf prepared;
    private final List<Buf> weights;
    private final Buf places, bands;
    /// By the entries.
    private final Map<List<Integer>, Buf> tables = new LinkedHashMap<>();

    WarpStep(WarpGeometry g, Names names, Buf prepared, List<Buf> weights) {
        this.g = g;
        this.names = names;
        this.prepared = prepared;
        this.weights = weights;
        places = Buf.constant("place", Element.I32,
                IntStream.range(0, 32).map(lane -> g.place(lane % g.schedule().lanes()) * g.group()).toArray());
        bands = bands();
        for (Quad quad : g.view().quads())
            if (quad.decode() instanceof Decode.Table(_, var entries))
                tables.computeIfAbsent(entries, e -> Buf.constant(
                        "digits" + tables.size(), Element.I32, e.stream().mapToInt(Integer::intValue).toArray()));
    }

    List<Buf> constants() {
        var constants = new ArrayList<Buf>();
        if (!isOnePlaceEach()) constants.add(places);
        if (isBanded()) constants.add(bands);
        constants.addAll(tables.values());
        return constants;
    }

    private boolean isBanded() {
        return g.bands().count() > 1;
    }

    /// For each lane, the word in the period of the chunk that it takes. Row tiles are dealt out by eights, so that a lane always has the
    /// same band.
    private Buf bands() {
        int lanes = g.schedule().lanes();
        int[][] members = g.bands().members();
        return Buf.constant("band", Element.I32, IntStream.range(0, 32)
                .map(lane -> members[lane / lanes % members.length][lane % lanes % g.bands().each()] * g.view().words())
                .toArray());
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
    record Place(List<Var> rowWords, Var kLane, List<Var> tokens, Var[][][][][] sums, Var[][][] products, Map<Buf, Var> tables) {}

    /// Declares what stays the same, and the accumulators.
    ///
    /// @param rowGroup number of the warp along the rows
    Place begin(List<Loop> steps, Expr rowGroup, Expr firstToken, Var n) {
        int lanes = g.schedule().lanes();
        Var lane = let(steps, "lane", new Expr.Lane(LANES));
        Var kLane = let(steps, "kLane", Expr.mask(ref(lane), lanes - 1));
        Expr rowLane = Expr.shiftRight(ref(lane), Integer.numberOfTrailingZeros(lanes));
        Var tile = let(steps, "tile", add(
                all(multiply(rowGroup, i32(g.schedule().rowTiles() * g.rowLanes()))), rowLane));
        var rowWords = new ArrayList<Var>();
        long apart = g.packing().order() == Order.K_INNERMOST ? (long) g.columnTiles() * g.packing().tileBytes() / 4 : g.tileWords();
        for (int r = 0; r < g.schedule().rowTiles(); r++) {
            Expr own = add(ref(tile), all(r * g.rowLanes()));
            Expr packed = Expr.shiftRight(own, Integer.numberOfTrailingZeros(g.bands().count()));
            Expr first = multiply(min(packed, g.packedTiles() - 1), all(Math.toIntExact(apart)));
            rowWords.add(let(steps, "rowWord", isBanded() ? add(first, Expr.load(bands, i32(0), 32)) : first));
        }
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
        Map<Buf, Var> held = new HashMap<>();
        for (Buf table : tables.values()) {
            int entries = Math.max(32, Integer.highestOneBit(entries(table) * 2 - 1));
            if (entries == 32 && entries(table) == 32)
                held.put(table, let(steps, "digits", Expr.load(table, i32(0), entries)));
        }
        return g.isTensor()
                ? new Place(rowWords, kLane, tokens, new Var[0][][][][], products(steps), held)
                : new Place(rowWords, kLane, tokens, accumulators(steps), new Var[0][][], held);
    }

    private static int entries(Buf table) {
        List<Integer> data = table.data();
        if (data == null) throw new IllegalStateException("a table without entries");
        return data.size();
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
    Var[][] firstWeights(List<Loop> steps, Place place) {
        Body body = new Body(place, steps, i32(0));
        body.loadWeights();
        Var[][] kept = new Var[weights.size()][];
        for (int w = 0; w < kept.length; w++) {
            kept[w] = new Var[body.chunks[w].length];
            for (int r = 0; r < kept[w].length; r++) {
                kept[w][r] = names.mutable("kept", body.chunks[w][r].type());
                steps.add(new Loop.Let(kept[w][r], ref(body.chunks[w][r])));
            }
        }
        return kept;
    }

    /// One step of a pipeline: loads the weights of the step `next`, multiplies `words`, and puts the ones in the place of the others.
    ///
    /// @param stage first word of the stage
    Loop staged(Place place, Var[][] words, Expr next, Expr stage, Buf stages) {
        var steps = new ArrayList<Loop>();
        Body later = new Body(place, steps, next);
        later.loadWeights();
        Body body = new Body(place, steps, stage, stages);
        for (int w = 0; w < words.length; w++)
            for (int r = 0; r < words[w].length; r++) body.chunks[w][r] = let(steps, "words", ref(words[w][r]));
        body.multiplyMatrices();
        for (int w = 0; w < words.length; w++)
            for (int r = 0; r < words[w].length; r++) steps.add(new Loop.Set(words[w][r], ref(later.chunks[w][r])));
        return Loop.block(steps);
    }

    /// `count` steps of this warp from `step` on: all loads first.
    Loop steps(Place place, Expr step, int count) {
        var steps = new ArrayList<Loop>();
        var bodies = new ArrayList<Body>();
        for (int u = 0; u < count; u++) bodies.add(new Body(place, steps, add(step, i32(u * g.schedule().split()))));
        for (Body body : bodies) body.loadWeights();
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
        private final Place place;
        private final List<Loop> steps;
        /// The step, or the first word of its stage.
        private final Expr step;
        private final Buf source;
        private final Var[][] chunks;
        /// `[token][group]`, null until they are loaded.
        private final @Nullable Var[][] activations;
        private final @Nullable Var[] starts;
        /// Words of chunks and of activations that are used, by what they are part of.
        private final Map<List<Object>, Var> parts = new HashMap<>();

        Body(Place place, List<Loop> steps, Expr step) {
            this(place, steps, step, prepared);
        }

        /// @param source where activations are: prepared ones, or stages of them
        Body(Place place, List<Loop> steps, Expr step, Buf source) {
            this.place = place;
            this.steps = steps;
            this.step = step;
            this.source = source;
            starts = new Var[g.tokenGroups()];
            chunks = new Var[weights.size()][g.schedule().rowTiles()];
            activations = new Var[g.tokenGroups()][g.groups()];
        }

        void loadWeights() {
            Var at = let(steps, "chunk", chunkWord());
            for (int w = 0; w < weights.size(); w++)
                for (int r = 0; r < chunks[w].length; r++)
                    chunks[w][r] = let(steps, "words", new Expr.Gather(
                            new Type(Element.U32, 32 * g.view().words()), weights.get(w), add(ref(place.rowWords().get(r)), ref(at))));
        }

        /// The word of this step's chunk, counted from the row tile's first. Lanes beyond the last chunk read it again; their activations are 0.
        private Expr chunkWord() {
            if (isBanded()) return periodWord();
            int lanes = g.schedule().lanes(), classes = g.view().classes(), words = g.view().words();
            boolean whole = g.chunks() % lanes == 0;
            if (g.packing().order() == Order.K_INNERMOST) {
                Expr chunk = add(ref(place.kLane()), all(multiply(step, i32(lanes))));
                return multiply(whole ? chunk : min(chunk, g.chunks() - 1), all(words));
            }
            int log = Integer.numberOfTrailingZeros(classes);
            Expr tile = add(Expr.shiftRight(ref(place.kLane()), log), all(multiply(step, i32(lanes / classes))));
            Expr inTile = Expr.mask(ref(place.kLane()), classes - 1);
            Expr first = multiply(whole ? tile : min(tile, g.columnTiles() - 1), all(g.packedTiles() * g.tileWords()));
            return classes == 1 ? first : add(first, multiply(inTile, all(words)));
        }

        /// The first word of the period of this step; which chunk of it, the lane knows.
        private Expr periodWord() {
            int each = g.bands().each(), perStep = g.schedule().lanes() / each, periods = g.columnTiles() / g.view().tiles();
            Expr period = add(Expr.shiftRight(ref(place.kLane()), Integer.numberOfTrailingZeros(each)), all(multiply(step, i32(perStep))));
            int words = g.tileWords() * (g.packing().order() == Order.K_INNERMOST ? g.view().tiles() : g.packedTiles());
            return multiply(periods % perStep == 0 ? period : min(period, periods - 1), all(words));
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
                        Element bytes = g.view().signed() ? Element.I8 : Element.U8;
                        Expr digits = new Expr.Regroup(new Type(bytes, 128), digits(quad, w, r));
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
                        rows.add(bytes(digits(upper.get(q), w, pair.rowTile())));
                        rows.add(bytes(digits(lower.get(q), w, pair.otherRowTile())));
                        rows.add(two ? bytes(digits(upper.get(q + 1), w, pair.rowTile())) : none());
                        rows.add(two ? bytes(digits(lower.get(q + 1), w, pair.otherRowTile())) : none());
                        for (int t = 0; t < g.tokenGroups(); t++) {
                            Var product = place.products()[w][p][t];
                            var columns = new ArrayList<Expr>();
                            columns.add(activations(upper.get(q).word(), t));
                            columns.add(activations(upper.get(two ? q + 1 : q).word(), t));
                            steps.add(new Loop.Set(product, new Expr.Mma(ref(product), rows, columns)));
                        }
                    }
        }

        private Expr bytes(Expr digits) {
            Element element = g.view().signed() ? Element.I8 : Element.U8;
            return ref(let(steps, "digits", new Expr.Regroup(new Type(element, 128), digits)));
        }

        private Expr none() {
            return bytes(Expr.zero(new Type(Element.U32, 32)));
        }

        private Expr activations(int word, int t) {
            return new Expr.Regroup(new Type(Element.I8, 128), activation(word, t));
        }

        private Expr digits(Quad quad, int w, int r) {
            return switch (quad.decode()) {
                case Decode.Bytes(int word, int shift, int mask, int flip) -> {
                    int down = g.isTensor() ? shift : 0;
                    Expr bits = Expr.shiftRight(part(chunks[w][r], word), down);
                    int own = mask >>> down, flipped = flip >>> down;
                    Expr masked = own == -1 ? bits : Expr.mask(bits, own & 0xffff_ffffL);
                    yield flipped == 0
                            ? masked
                            : Expr.binary(Operation.XOR, masked, new Expr.Int(masked.type(), flipped & 0xffff_ffffL));
                }
                case Decode.Table(var fields, var entries) -> look(table(entries), code(fields, w, r));
            };
        }

        private Buf table(List<Integer> entries) {
            Buf table = tables.get(entries);
            if (table == null) throw new IllegalStateException("a table that was not declared");
            return table;
        }

        /// Short tables lie in the lanes of a register, long ones in memory.
        private Expr look(Buf table, Expr code) {
            Var held = place.tables().get(table);
            if (held != null) return new Expr.Lookup(ref(held), code);
            return new Expr.Gather(LANES, table, new Expr.Bitcast(LANES, code));
        }

        private Expr code(List<ChunkView.Field> fields, int w, int r) {
            Expr code = null;
            int at = 0;
            for (ChunkView.Field field : fields) {
                Expr bits = Expr.shiftRight(part(chunks[w][r], field.word()), field.shift());
                if (field.shift() + field.bits() < 32) bits = Expr.mask(bits, (1L << field.bits()) - 1);
                Expr placed = Expr.shiftLeft(bits, at);
                code = code == null ? placed : Expr.binary(Operation.OR, code, placed);
                at += field.bits();
            }
            if (code == null) throw new IllegalStateException("a code without fields");
            return code;
        }

        private Expr activation(int word, int t) {
            return part(loaded(t, word / g.group()), word % g.group());
        }

        /// Word `j` of what each lane holds.
        private Expr part(Var of, int j) {
            int each = of.type().lanes() / 32;
            if (each == 1) return ref(of);
            return ref(parts.computeIfAbsent(List.of(of, j), _ -> let(steps, of.type().element() == Element.U32 ? "word" : "x",
                    new Expr.Shuffle(ref(of), IntStream.range(0, 32).mapToObj(lane -> lane * each + j).toList()))));
        }
    }
}
