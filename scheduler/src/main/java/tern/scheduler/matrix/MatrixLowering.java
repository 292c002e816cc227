package tern.scheduler.matrix;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Loop.TileProduct;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.WordCodes;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;
import tern.scheduler.program.RowFormula;

/// The kernel for many tokens on a processor with a matrix unit.
///
///     for row tile on cores
///       sums := 0
///       for run of k tiles
///         digits := the codes of these rows and k tiles, as bytes
///         for block of 16 or 32 tokens, 16 or 32 of the rows: sums += activations * digits, a [TileProduct] for each weight parameter
///       for block of tokens and rows: result := formula of the sums
///
/// Codes are unpacked once for all tokens, into memory that stays in the nearest cache.
public final class MatrixLowering {

    private final MatrixGeometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf prepared;
    private final List<Buf> weights = new ArrayList<>(), parameters = new ArrayList<>();
    private final List<Buf> digits = new ArrayList<>(), sums = new ArrayList<>();
    private final Buf result;
    /// Blocks of tokens in a launch.
    private final Var tokenBlocks = names.value("tokenBlocks", Type.I32);
    /// By section, digits and places.
    private final Map<List<Object>, Buf> tables = new LinkedHashMap<>();

    private MatrixLowering(MatrixGeometry g) {
        this.g = g;
        prepared = Buf.in("prepared", Element.I8, i32(g.preparedBytes()), Parameters.ACTIVATION);
        for (KernelDef.Param param : g.kernel().params()) {
            Buf buffer = Parameters.of(param, n, g.problem(), g.packing(), prepared);
            parameters.add(buffer);
            if (param.kind() == KernelDef.Kind.WEIGHT) weights.add(buffer);
        }
        result = Parameters.result(n, g.problem());
        int count = g.tokenBlocks() * g.rowBlocks() / g.rowBlocksAtOnce() * atOnce();
        for (Buf weight : weights) {
            digits.add(Buf.scratch("digits_" + weight, Element.I32, Buf.Scope.CORE, g.digitWords(), null));
            sums.add(Buf.scratch("sums_" + weight, Element.I32, Buf.Scope.CORE, count, null));
        }
    }

    public static Program lower(MatrixGeometry geometry) {
        return new MatrixLowering(geometry).program();
    }

    private Program program() {
        Var tile = names.index("rowTile"), run = names.index("run");
        var steps = new ArrayList<Loop>();
        steps.add(clearSums());
        var ofRun = new ArrayList<Loop>();
        for (int w = 0; w < weights.size(); w++) {
            if (g.columnTiles() < g.runTiles()) steps.add(clearSpare(w));
            ofRun.add(new Loop.Outline("decode", new Decode(w, tile, run).loop()));
        }
        ofRun.add(forEachBlock((tokenBlock, rows, at) -> products(tokenBlock, rows, at, run)));
        steps.add(Loop.loop(run, g.runs(), Binding.SERIAL, Loop.block(ofRun)));
        steps.add(forEachBlock((tokenBlock, rows, at) -> results(tokenBlock, tile, rows, at)));
        Expr blocks = Expr.binary(
                Expr.Binary.Operation.DIVIDE, add(ref(n), i32(g.schedule().tokens() - 1)), i32(g.schedule().tokens()));
        Loop body = Loop.block(
                new Loop.Let(tokenBlocks, blocks),
                Loop.loop(tile, g.rowTiles(), Binding.CORES, Loop.block(steps)));
        var buffers = new ArrayList<>(parameters);
        buffers.add(result);
        buffers.addAll(tables.values());
        buffers.addAll(digits);
        buffers.addAll(sums);
        return new Program(
                g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), body));
    }

    /// Sums of 16 or 32 tokens and rows.
    private int atOnce() {
        return g.tokenTiles() * g.rowBlocksAtOnce() * TileProduct.ROWS * TileProduct.ROWS;
    }

    /// What is done for some tokens and rows.
    private interface BlockBody {
        /// @param rows number of the row blocks that are multiplied together
        /// @param at   of their sums
        Loop of(Var tokenBlock, Var rows, Var at);
    }

    private Loop forEachBlock(BlockBody part) {
        Var tokenBlock = names.index("tokens"), rows = names.index("rows"), at = names.value("at", Type.I32);
        int count = g.rowBlocks() / g.rowBlocksAtOnce();
        Loop body = Loop.block(
                new Loop.Let(at, multiply(add(multiply(ref(tokenBlock), i32(count)), ref(rows)), i32(atOnce()))),
                part.of(tokenBlock, rows, at));
        return Loop.loop(tokenBlock, i32(0), ref(tokenBlocks), 1, Binding.SERIAL, Loop.loop(rows, count, Binding.SERIAL, body));
    }

    private Loop clearSums() {
        Var i = names.index("clear");
        int lanes = TileProduct.ROWS, count = g.rowBlocks() / g.rowBlocksAtOnce();
        var stores = new ArrayList<Loop>();
        for (Buf of : sums)
            stores.add(new Loop.Store(of, multiply(ref(i), i32(lanes)), Expr.zero(new Type(Element.I32, lanes)), null));
        Expr end = multiply(ref(tokenBlocks), i32(count * atOnce() / lanes));
        return Loop.loop(i, i32(0), end, 1, Binding.SERIAL, Loop.block(stores));
    }

    // Digits

    /// First word of the digits of 16 rows.
    private int blockAt(int block) {
        return block * g.runSteps() * MatrixGeometry.TILE_WORDS;
    }

    /// Zeros after the last group of each 16 rows, where k is less than a run. In later runs what a run before has left meets
    /// activations that are 0.
    private Loop clearSpare(int w) {
        Var group = names.index("spare");
        var stores = new ArrayList<Loop>();
        for (int b = 0; b < g.rowBlocks(); b++)
            stores.add(new Loop.Store(digits.get(w), add(i32(blockAt(b)), multiply(ref(group), i32(TileProduct.ROWS))),
                    Expr.zero(new Type(Element.I32, TileProduct.ROWS)), null));
        return Loop.loop(group, i32(g.groups()), i32(g.runTiles() * g.view().groups()), 1, Binding.SERIAL, Loop.block(stores));
    }

    /// The k tiles of a run.
    private final class Decode {

        private final int w;
        private final Expr first, tiles;
        private final Var kTile = names.index("kTile"), first0 = names.value("first", Type.I32), word = names.value("word", Type.I32),
                at = names.value("at", Type.I32);
        private final List<Loop> before = new ArrayList<>(), steps = new ArrayList<>();
        private final Map<Integer, Var> words = new HashMap<>();
        private final Map<Buf, Var> held = new HashMap<>();

        Decode(int w, Var rowTile, Var run) {
            this.w = w;
            int all = g.columnTiles(), perRun = g.runTiles();
            first = multiply(ref(run), i32(perRun));
            tiles = all % perRun == 0
                    ? i32(perRun)
                    : Expr.binary(Expr.Binary.Operation.MIN, i32(perRun), Expr.subtract(i32(all), first));
            Expr tile = WordCodes.tileWord(g.packing(), g.rowTiles(), all, ref(rowTile), add(ref(first0), ref(kTile)));
            steps.add(new Loop.Let(word, tile));
            steps.add(new Loop.Let(at, multiply(ref(kTile), i32(g.view().groups() * TileProduct.ROWS))));
        }

        Loop loop() {
            for (int b = 0; b < g.rowBlocks(); b++)
                for (int group = 0; group < g.view().groups(); group++) {
                    Expr value = null;
                    for (MatrixView.VectorDigits part : g.view().blocks().get(b).get(group)) {
                        Expr bytes = bytes(part);
                        value = value == null ? bytes : Expr.binary(Expr.Binary.Operation.OR, value, bytes);
                    }
                    if (value == null) throw new IllegalStateException("a group without codes");
                    Expr to = add(ref(at), i32(blockAt(b) + group * TileProduct.ROWS));
                    steps.add(new Loop.Store(digits.get(w), to, value, null));
                }
            before.add(new Loop.Let(first0, first));
            before.add(Loop.loop(kTile, i32(0), tiles, 1, Binding.SERIAL, Loop.block(steps)));
            return Loop.block(before);
        }

        /// The digits of 16 codes at their places, zeros at the others.
        private Expr bytes(MatrixView.VectorDigits part) {
            CodeVector vector = g.view().cover().vectors().get(part.vector());
            var book = g.view().books().get(vector.section());
            boolean looksUp = book.codec().bits() <= MatrixView.LOOKUP_BITS;
            Expr code = new WordCodes(g.packing(), Element.I32, field -> words(vector, field)).code(vector, !looksUp);
            if (looksUp) return new Expr.Lookup(ref(held(table(vector.section(), part))), code);
            DigitDecoder decoder = DigitDecoder.of(book);
            Expr all = null;
            for (int i = 0; i < part.digits().size(); i++) {
                Expr digit = decoder.digit(code, part.digits().get(i), List.of());
                Expr placed = Expr.shiftLeft(Expr.mask(digit, 0xff), 8 * part.positions().get(i));
                all = all == null ? placed : Expr.binary(Expr.Binary.Operation.OR, all, placed);
            }
            if (all == null) throw new IllegalStateException("a part without digits");
            return all;
        }

        private Expr words(CodeVector vector, int field) {
            int number = vector.words()[field];
            Var known = words.get(number);
            if (known == null) {
                Expr loaded = load(weights.get(w), add(ref(word), i32(number)), TileProduct.ROWS);
                if (g.packing().word().bits() <= 32) loaded = Expr.convert(Element.I32, loaded);
                known = names.value("words", loaded.type());
                steps.add(new Loop.Let(known, loaded));
                words.put(number, known);
            }
            return ref(known);
        }

        /// A table in registers, for all k tiles.
        private Var held(Buf table) {
            return held.computeIfAbsent(table, t -> {
                var type = new Type(Element.I32, Math.toIntExact(((Expr.Int) t.extent()).value()));
                Var var = names.value("table", type);
                before.add(new Loop.Let(var, load(t, i32(0), type.lanes())));
                return var;
            });
        }
    }

    /// For each code its digits as bytes.
    private Buf table(int section, MatrixView.VectorDigits part) {
        return tables.computeIfAbsent(List.of(section, part.digits(), part.positions()), _ -> {
            var book = g.view().books().get(section);
            int[] entries = new int[Math.max(TileProduct.ROWS, book.codes())];
            for (int entry = 0; entry < entries.length; entry++)
                for (int i = 0; i < part.digits().size(); i++)
                    entries[entry] |= (book.digit(entry % book.codes(), part.digits().get(i)) & 0xff) << 8 * part.positions().get(i);
            return Buf.constant("bytes" + tables.size(), Element.I32, entries);
        });
    }

    // Products

    private Loop products(Var tokenBlock, Var rows, Var at, Var run) {
        Expr block = add(multiply(ref(tokenBlock), i32(g.runs())), ref(run));
        Expr a = multiply(block, i32(g.tokenTiles() * g.runSteps() * TileProduct.BYTES));
        Expr b = multiply(ref(rows), i32(blockAt(g.rowBlocksAtOnce())));
        var products = new ArrayList<Loop>();
        for (int w = 0; w < weights.size(); w++)
            products.add(new TileProduct(
                    sums.get(w), ref(at), prepared, a, g.tokenTiles(), digits.get(w), b, g.rowBlocksAtOnce(), g.runSteps()));
        return Loop.block(products);
    }

    /// The formula for some rows of a block of tokens.
    private Loop results(Var tokenBlock, Var rowTile, Var rows, Var sumsAt) {
        Expr token0 = multiply(ref(tokenBlock), i32(g.schedule().tokens()));
        Expr first = add(multiply(ref(rowTile), i32(g.packing().rows())),
                multiply(ref(rows), i32(g.rowBlocksAtOnce() * TileProduct.ROWS)));
        Var firstToken = names.value("firstToken", Type.I32), firstRow = names.value("firstRow", Type.I32), t = names.index("t"),
                chunk = names.index("chunk"), token = names.value("token", Type.I32), row = names.value("row", Type.I32);
        int lanes = TileProduct.ROWS;
        Expr at = add(ref(sumsAt), multiply(add(multiply(ref(t), i32(g.rowBlocksAtOnce())), ref(chunk)), i32(lanes)));
        var formula = new RowFormula(g.problem(), names, parameters, lanes,
                w -> load(sums.get(w), at, lanes), dims -> limit(dims, token));
        Loop store = formula.store(result, ref(token), ref(row));
        Loop chunks = Loop.loop(chunk, g.rowBlocksAtOnce(), Binding.SERIAL, Loop.block(
                new Loop.Let(row, add(ref(firstRow), multiply(ref(chunk), i32(lanes)))), store));
        Expr end = Expr.binary(Expr.Binary.Operation.MIN, i32(g.schedule().tokens()), Expr.subtract(ref(n), ref(firstToken)));
        return new Loop.Outline("results", Loop.block(
                new Loop.Let(firstToken, token0),
                new Loop.Let(firstRow, first),
                Loop.loop(t, i32(0), end, 1, Binding.SERIAL, Loop.block(
                        new Loop.Let(token, add(ref(firstToken), ref(t))), chunks))));
    }

    /// First element after the rows of this token, null where no vector reaches it.
    private @Nullable Expr limit(List<String> dims, Var token) {
        if (g.m() % g.packing().rows() == 0) return null;
        return dims.contains("n") ? add(multiply(ref(token), i32(g.m())), i32(g.m())) : i32(g.m());
    }
}
