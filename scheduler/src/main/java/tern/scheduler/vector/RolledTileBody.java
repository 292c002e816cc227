package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.broadcast;
import static tern.ir.loop.Expr.convert;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.mask;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.program.Names;

/// The inner loop for tiles with too many codes to be written out: where a vector of codes lies, what it is multiplied with and
/// what it is added to are in tables, and sums are kept in memory. Any packing fits; speed is not its aim.
final class RolledTileBody implements TileLoop {

    private final Geometry g;
    private final Names names;
    private final Buf prepared;
    private final List<Buf> weights;
    private final Buf sums;
    private final List<SectionTables> sections = new ArrayList<>();

    /// Tables of one section of the tile.
    ///
    /// @param vectors number of vectors
    /// @param words   for each field, first word of each vector
    /// @param shifts  for each field, shift of each vector
    /// @param slots   for each digit (tables: once), run of the prepared activations
    /// @param sums    for each digit (tables: once), first lane in the sums
    private record SectionTables(
            Codec codec,
            int vectors,
            List<Buf> words,
            List<Buf> shifts,
            List<Buf> slots,
            List<Buf> sums,
            DigitDecoder decoder,
            List<Buf> digitTables) {}

    RolledTileBody(Geometry g, Names names, Buf prepared, List<Buf> weights, Buf sums) {
        this.g = g;
        this.names = names;
        this.prepared = prepared;
        this.weights = weights;
        this.sums = sums;
        for (int s = 0; s < g.packing().sections().size(); s++) sections.add(section(s));
    }

    private SectionTables section(int s) {
        int[] own = IntStream.range(0, g.cover().vectors().size())
                .filter(v -> g.cover().vectors().get(v).section() == s)
                .toArray();
        Codec codec = g.packing().sections().get(s).codec();
        int fields = codec.fields().size(), terms = g.isTabulated() ? 1 : codec.digits();
        String name = "section" + s + "_";
        DigitDecoder decoder = g.decoders().get(s);
        return new SectionTables(
                codec,
                own.length,
                tables(name + "word", fields, own, f -> v -> g.cover().vectors().get(v).words()[f]),
                tables(name + "shift", fields, own, f -> v -> g.cover().vectors().get(v).shifts()[f]),
                tables(name + "slot", terms, own, j -> v -> g.form().slot(v, j)),
                tables(name + "sum", terms, own, j -> v -> g.accumulators().index()[v][j] * g.cover().lanes()),
                decoder,
                g.isTabulated() ? List.of() : decoder.constants("section" + s, g.accumulator()));
    }

    private interface Entry {
        ToIntFunction<Integer> of(int index);
    }

    private static List<Buf> tables(String name, int count, int[] vectors, Entry entry) {
        return IntStream.range(0, count)
                .mapToObj(i -> Buf.constant(
                        name + i,
                        Element.I32,
                        IntStream.of(vectors).map(v -> entry.of(i).applyAsInt(v)).toArray()))
                .toList();
    }

    @Override
    public List<Buf> constants() {
        var all = new ArrayList<Buf>();
        for (SectionTables section : sections) {
            all.addAll(section.words);
            all.addAll(section.shifts);
            all.addAll(section.slots);
            all.addAll(section.sums);
            all.addAll(section.digitTables);
        }
        return all;
    }

    @Override
    public Loop run(Block block, Expr kTile, Expr tiles, @Nullable Outflow outflow) {
        RowTiles rowTiles = block.rowTiles();
        Var first = names.value("kTile", Type.I32), i = names.index("i"), tile = names.value("tile", Type.I32);
        int runs = g.form().slots() * g.form().stride() * g.tokenBlock();
        Var run = names.value("run", Type.I32);
        var body = new ArrayList<Loop>();
        body.add(new Loop.Let(tile, add(ref(first), ref(i))));
        body.add(new Loop.Let(run, multiply(add(multiply(block.tokens(), i32(g.columnTiles())), ref(tile)), i32(runs))));
        for (int w = 0; w < weights.size(); w++) {
            Var r = names.index("r"), word = names.value("word", Type.I32);
            var inner = new ArrayList<Loop>();
            inner.add(new Loop.Let(word, g.tileWord(rowTiles.tile(ref(r)), ref(tile))));
            // A method each: lookups in large tables are long.
            for (SectionTables section : sections) inner.add(new Loop.Outline("codes",
                    codes(section, w, add(block.sums(), multiply(ref(r), i32(g.tokenBlock() * MultiplyLowering.stride(g)))), word, run)));
            body.add(Loop.loop(r, rowTiles.size(), Binding.SERIAL, Loop.block(inner)));
        }
        return new Loop.Outline(
                "tiles",
                Loop.block(new Loop.Let(first, kTile), Loop.loop(i, i32(0), tiles, 1, Binding.SERIAL, Loop.block(body))));
    }

    private Loop codes(SectionTables section, int w, Expr sumsOfTile, Var word, Var run) {
        Var v = names.index("v");
        var steps = new ArrayList<Loop>();
        Var code = names.value("code", new Type(g.accumulator(), g.cover().lanes()));
        steps.add(new Loop.Let(code, code(section, w, word, v)));
        for (int j = 0; j < section.slots.size(); j++)
            for (int t = 0; t < g.tokenBlock(); t++) {
                Var at = names.value("at", Type.I32), slot = names.value("x", Type.I32);
                Expr slotIndex = add(multiply(load(section.slots.get(j), ref(v), 1), i32(g.tokenBlock())), i32(t));
                steps.add(new Loop.Let(slot, add(ref(run), multiply(slotIndex, i32(g.form().stride())))));
                Expr sum = add(sumsOfTile, i32(MultiplyLowering.sumsAt(g, w, 0, t)));
                steps.add(new Loop.Let(at, add(sum, load(section.sums.get(j), ref(v), 1))));
                Expr old = load(sums, ref(at), g.cover().lanes());
                // By itself: widened in parts, it would be found once for each part.
                Expr product = term(section, j, ref(code), slot);
                Var term = names.value("term", product.type());
                steps.add(new Loop.Let(term, product));
                Expr total = Expr.binary(Expr.Binary.Operation.ADD, old, convert(Element.I32, ref(term)));
                steps.add(new Loop.Store(sums, ref(at), total, null));
            }
        return Loop.loop(v, section.vectors, Binding.SERIAL, Loop.block(steps));
    }

    private Expr code(SectionTables section, int w, Var word, Var v) {
        Expr code = null;
        int shift = 0;
        for (int f = 0; f < section.words.size(); f++) {
            int bits = section.codec.fields().get(f).bits();
            Expr words =
                    load(weights.get(w), add(ref(word), load(section.words.get(f), ref(v), 1)), g.cover().lanes());
            if (words.type().element().bits() < g.accumulator().bits()) words = convert(g.accumulator(), words);
            Expr low = Expr.binary(
                    Expr.Binary.Operation.SHIFT_RIGHT_LOGICAL, words, load(section.shifts.get(f), ref(v), 1));
            Expr field = Expr.shiftLeft(convert(g.accumulator(), mask(low, (1L << bits) - 1)), shift);
            code = code == null ? field : Expr.binary(Expr.Binary.Operation.OR, code, field);
            shift += bits;
        }
        if (code == null) throw new IllegalStateException("a codec without fields");
        return code;
    }

    private Expr term(SectionTables section, int j, Expr code, Var slot) {
        int lanes = g.cover().lanes(), stride = g.form().stride();
        if (g.isTabulated())
            return lanes == 1
                    ? load(prepared, add(ref(slot), convert(Element.I32, code)), 1)
                    : new Expr.Lookup(load(prepared, ref(slot), stride), code);
        Expr digit = section.decoder.digit(code, j, section.digitTables);
        Expr x = load(prepared, ref(slot), stride < lanes ? 1 : lanes);
        return Expr.binary(Expr.Binary.Operation.MULTIPLY, digit, stride < lanes ? broadcast(lanes, x) : x);
    }
}
