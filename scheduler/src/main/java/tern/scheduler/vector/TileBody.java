package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.broadcast;
import static tern.ir.loop.Expr.convert;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.WordCodes;
import tern.scheduler.program.Names;

/// The innermost loop of a multiply kernel: all codes of some tiles against some tokens, summed up in registers.
///
/// Its accumulators live from one widening to the next; what flows out is `sums += accumulators`, in memory. The
/// loop is outlined: on a JVM it becomes a small method that is compiled on its own.
final class TileBody implements TileLoop {

    private final Geometry g;
    private final Names names;
    private final Buf prepared;
    private final List<Buf> weights;
    private final Buf sums;
    private final List<List<Buf>> digitTables = new ArrayList<>();
    /// Of products of bytes.
    private final @Nullable ByteDigits digits;
    /// Null where each block of tokens decodes for itself.
    private final @Nullable DigitPanel panel;

    /// @param digits of products of bytes, else null
    /// @param panel  of digits that blocks of tokens share, null if they do not
    TileBody(Geometry g, Names names, Buf prepared, List<Buf> weights, Buf sums, @Nullable ByteDigits digits, @Nullable DigitPanel panel) {
        this.g = g;
        this.names = names;
        this.prepared = prepared;
        this.weights = weights;
        this.sums = sums;
        this.digits = digits;
        this.panel = panel;
        if (digits == null && !g.isTabulated())
            for (int s = 0; s < g.decoders().size(); s++)
                digitTables.add(g.decoders().get(s).constants("section" + s, g.accumulator()));
    }

    @Override
    public List<Buf> constants() {
        return digits != null ? digits.constants() : digitTables.stream().flatMap(List::stream).toList();
    }

    @Override
    public Loop run(Block block, Expr kTile, Expr tiles, @Nullable Outflow outflow) {
        int size = block.rowTiles().size();
        Var[][][][] accumulators = new Var[weights.size()][size][g.tokenBlock()][g.accumulators().rows().size()];
        Type type = new Type(g.accumulator(), g.accumulatorLanes());
        var steps = new ArrayList<Loop>();
        Expr zero = Expr.zero(type);
        if (outflow != null) { // runs are short there: a copy of a register is for nothing, a constant is read from memory
            Var held = names.value("zero", type);
            steps.add(new Loop.Let(held, zero));
            zero = ref(held);
        }
        for (Var[][][] ofWeight : accumulators)
            for (Var[][] ofTile : ofWeight)
                for (Var[] ofToken : ofTile)
                    for (int a = 0; a < ofToken.length; a++) {
                        ofToken[a] = names.mutable("acc", type);
                        steps.add(new Loop.Let(ofToken[a], zero));
                    }
        Var first = names.value("kTile", Type.I32);
        steps.add(new Loop.Let(first, kTile));
        Var i = names.index("i");
        Loop body = new Body(block, add(ref(first), ref(i)), ref(i), accumulators).loop();
        steps.add(Loop.loop(i, i32(0), tiles, 1, Binding.SERIAL, body));
        for (int w = 0; w < weights.size(); w++)
            for (int r = 0; r < size; r++)
                if (outflow != null) steps.add(outflow.of(w, r, accumulators[w][r]));
                else widen(block, w, r, accumulators[w][r], steps);
        return new Loop.Outline("tiles", Loop.block(steps));
    }

    /// Asks for as many bytes as a tile has, some way ahead.
    static void prefetch(Geometry g, Buf weight, Var word, List<Loop> to) {
        if (g.schedule().prefetch() == 0) return;
        int wordBytes = g.packing().word().bytes();
        to.add(new Loop.Prefetch(weight, add(ref(word), i32(g.schedule().prefetch() / wordBytes)), g.packing().tileBytes() / wordBytes));
    }

    private void widen(Block block, int w, int r, Var[][] accumulators, List<Loop> steps) {
        for (int t = 0; t < accumulators.length; t++)
            for (int a = 0; a < accumulators[t].length; a++) {
                Expr at = add(block.sums(), i32(MultiplyLowering.sumsAt(g, w, r, t) + a * g.sumLanes()));
                steps.add(new Loop.Store(sums, at, g.widened(load(sums, at, g.sumLanes()), accumulators[t][a], new Expr.Int(accumulators[t][a].type(), 1)),
                        null));
            }
    }

    /// One k tile, written out.
    private final class Body {

        private final int size;
        private final Var[][][][] accumulators;
        private final List<Loop> steps = new ArrayList<>();
        private final Expr panelBlock, inPanel;
        private final Var run;
        private final Var[][] tileWord;
        private final Map<List<Integer>, Var> loaded = new HashMap<>();

        /// @param tile    of the matrix, along k
        /// @param inPanel the same among those that were decoded together
        Body(Block block, Expr tile, Expr inPanel, Var[][][][] accumulators) {
            this.size = block.rowTiles().size();
            this.panelBlock = block.inCacheBlock();
            this.inPanel = inPanel;
            this.accumulators = accumulators;
            Var kTile = names.value("tile", Type.I32);
            steps.add(new Loop.Let(kTile, tile));
            int runs = g.form().slots() * g.form().stride() * g.tokenBlock();
            run = names.value("run", Type.I32);
            steps.add(new Loop.Let(
                    run, multiply(add(multiply(block.tokens(), i32(g.columnTiles())), ref(kTile)), i32(runs))));
            tileWord = new Var[weights.size()][size];
            for (int w = 0; w < weights.size() && panel == null; w++)
                for (int r = 0; r < size; r++) {
                    tileWord[w][r] = names.value("word", Type.I32);
                    steps.add(
                            new Loop.Let(tileWord[w][r], g.tileWord(block.rowTiles().tile(r), ref(kTile))));
                    prefetch(g, weights.get(w), tileWord[w][r], steps);
                }
        }

        Loop loop() {
            if (digits != null) multiplyBytes(digits);
            for (int v = 0; v < g.cover().vectors().size() && digits == null; v++) {
                if (g.isTabulated()) lookUp(v);
                else multiplyDigits(v);
            }
            return Loop.block(steps);
        }

        /// accumulator += table[code], for each weight parameter, row tile and token.
        private void lookUp(int v) {
            CodeVector vector = g.cover().vectors().get(v);
            boolean scalar = vector.lanes().size() == 1;
            int slot = g.form().slot(v, 0), stride = g.form().stride();
            Var[] tables = new Var[g.tokenBlock()];
            for (int t = 0; t < tables.length && !scalar; t++) {
                tables[t] = names.value("table", new Type(g.accumulator(), stride));
                steps.add(new Loop.Let(tables[t], load(prepared, at(slot, t), stride)));
            }
            for (int w = 0; w < weights.size(); w++)
                for (int r = 0; r < size; r++) {
                    Expr code = code(vector, w, r, scalar);
                    if (tables.length > 1) code = named("code", code);
                    for (int t = 0; t < tables.length; t++) {
                        Expr term = scalar
                                ? load(prepared, add(at(slot, t), convert(Element.I32, code)), 1)
                                : new Expr.Lookup(ref(tables[t]), code);
                        accumulate(accumulators[w][r][t][g.accumulators().index()[v][0]], term);
                    }
                }
        }

        /// accumulator += digit * activation, for each digit, weight parameter, row tile and token.
        private void multiplyDigits(int v) {
            CodeVector vector = g.cover().vectors().get(v);
            int digits = g.cover().digits(vector), lanes = vector.lanes().size();
            boolean broadcast = g.form().stride() < lanes;
            for (int w = 0; w < weights.size(); w++)
                for (int r = 0; r < size; r++) {
                    Expr code = code(vector, w, r, true);
                    if (digits > 1) code = named("code", code);
                    for (int j = 0; j < digits; j++) {
                        if (ByteDigits.isPadding(vector, j)) continue;
                        Expr digit = g.decoders().get(vector.section()).digit(code, j, digitTables.get(vector.section()));
                        if (g.tokenBlock() > 1) digit = named("digit", digit);
                        for (int t = 0; t < g.tokenBlock(); t++) {
                            Expr x = load(prepared, at(g.form().slot(v, j), t), broadcast ? 1 : lanes);
                            Expr product = Expr.binary(
                                    Expr.Binary.Operation.MULTIPLY, digit, broadcast ? broadcast(lanes, x) : x);
                            accumulate(accumulators[w][r][t][g.accumulators().index()[v][j]], product);
                        }
                    }
                }
        }

        /// accumulator += pairs or fours of unsigned digits times activations, for each digit, weight parameter, row tile and token.
        private void multiplyBytes(ByteDigits digits) {
            var tiles = new ByteDigits.Tile[weights.size()][size];
            for (int w = 0; w < weights.size() && panel == null; w++)
                for (int r = 0; r < size; r++) tiles[w][r] = digits.new Tile(w, tileWord[w][r], steps);
            DigitPanel held = weights.size() * size < g.tokenBlock() ? panel : null;
            for (int v = 0; v < g.cover().vectors().size(); v++) {
                if (held != null) holdDigits(v, held, digits.before(v));
                else holdActivations(v, digits, tiles);
            }
        }

        /// Activations of all tokens are loaded first, and stay in registers for the digits of all row tiles.
        private void holdActivations(int v, ByteDigits digits, ByteDigits.Tile[][] tiles) {
            CodeVector vector = g.cover().vectors().get(v);
            var x = new Expr[g.cover().digits(vector)][g.tokenBlock()];
            for (int j = 0; j < x.length; j++)
                for (int t = 0; t < g.tokenBlock() && !ByteDigits.isPadding(vector, j); t++) x[j][t] = activation(v, j, t);
            for (int w = 0; w < weights.size(); w++)
                for (int r = 0; r < size; r++) {
                    List<@Nullable Expr> found = panel == null ? tiles[w][r].digits(vector) : shared(panel, digits.before(v), v, w, r);
                    for (int j = 0; j < x.length; j++) {
                        if (found.get(j) == null) continue;
                        Expr digit = named("digit", found.get(j));
                        for (int t = 0; t < g.tokenBlock(); t++)
                            addProducts(accumulators[w][r][t][g.accumulators().index()[v][j]], digit, x[j][t]);
                    }
                }
        }

        /// Digits of all row tiles are loaded first: fewer registers where there are fewer row tiles than tokens, and each
        /// token's activations are used as they come.
        private void holdDigits(int v, DigitPanel panel, int before) {
            CodeVector vector = g.cover().vectors().get(v);
            int next = before;
            for (int j = 0; j < g.cover().digits(vector); j++) {
                if (ByteDigits.isPadding(vector, j)) continue;
                var digit = new Expr[weights.size()][size];
                for (int w = 0; w < weights.size(); w++)
                    for (int r = 0; r < size; r++) digit[w][r] = named("digit", panel.load(panelBlock, w, r, inPanel, next));
                next++;
                for (int t = 0; t < g.tokenBlock(); t++) {
                    Expr x = activation(v, j, t);
                    for (int w = 0; w < weights.size(); w++)
                        for (int r = 0; r < size; r++)
                            addProducts(accumulators[w][r][t][g.accumulators().index()[v][j]], digit[w][r], x);
                }
            }
        }

        private void addProducts(Var sum, Expr digit, Expr x) {
            steps.add(new Loop.Set(sum, new Expr.Dot(ref(sum), digit, x)));
        }

        /// What digit `j` of vector `v` is multiplied with, for token `t` of the block.
        private Expr activation(int v, int j, int t) {
            Type bytes = new Type(Element.I8, g.cover().vectors().get(v).lanes().size());
            int stride = g.form().stride();
            Expr four = load(prepared, at(g.form().slot(v, j), t), stride);
            return named("x", new Expr.Bitcast(bytes, stride == 1 ? broadcast(bytes.lanes() / 4, four) : four));
        }

        /// Digits that were decoded before, from vector `number` of the tile on.
        private List<@Nullable Expr> shared(DigitPanel panel, int number, int v, int w, int r) {
            CodeVector vector = g.cover().vectors().get(v);
            var all = new ArrayList<@Nullable Expr>();
            int next = number;
            for (int j = 0; j < g.cover().digits(vector); j++) {
                boolean padding = ByteDigits.isPadding(vector, j);
                all.add(padding ? null : panel.load(panelBlock, w, r, inPanel, next));
                if (!padding) next++;
            }
            return all;
        }

        private void accumulate(Var accumulator, Expr term) {
            steps.add(new Loop.Set(
                    accumulator, Expr.binary(Expr.Binary.Operation.ADD, ref(accumulator), term)));
        }

        private Expr at(int slot, int token) {
            return add(ref(run), i32((slot * g.tokenBlock() + token) * g.form().stride()));
        }

        private Expr named(String stem, Expr value) {
            Var name = names.value(stem, value.type());
            steps.add(new Loop.Let(name, value));
            return ref(name);
        }

        /// The codes of a vector in lanes as wide as the accumulators.
        ///
        /// @param exact false: bits above the code may stay, for a lookup that ignores them
        private Expr code(CodeVector vector, int w, int r, boolean exact) {
            return new WordCodes(g.packing(), g.accumulator(), f -> words(vector, w, r, f)).code(vector, exact);
        }

        /// The words of a field; words narrower than the accumulators are widened once, when they are loaded.
        private Expr words(CodeVector vector, int w, int r, int f) {
            int word = vector.words()[f];
            Var known = loaded.get(List.of(w, r, word));
            if (known != null) return ref(known);
            Expr words = load(weights.get(w), add(ref(tileWord[w][r]), i32(word)), vector.lanes().size());
            if (g.packing().word().bits() < g.accumulator().bits()) words = convert(g.accumulator(), words);
            Var name = names.value("words", words.type());
            steps.add(new Loop.Let(name, words));
            loaded.put(List.of(w, r, word), name);
            return ref(name);
        }
    }
}
