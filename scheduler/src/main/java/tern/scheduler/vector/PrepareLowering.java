package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.broadcast;
import static tern.ir.loop.Expr.convert;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;

/// The kernel that brings activations i8 `[n, k]` into an [ActivationForm]. Cores share the k tiles.
public final class PrepareLowering {

    /// Slots written out one after the other; with more, a loop over tables of columns.
    private static final int WRITTEN_OUT = 16;

    /// Bytes of table that one method multiplies or stores, digits counted separately: 160 of the shortest vectors. With more, methods of
    /// their own and loops: HotSpot compiles none that is too long.
    private static final int AT_ONCE = 2560;

    /// Activations that are copied together, at most: a vector of 128 bits, which every machine has.
    private static final int AT_ONCE_COPIED = 16;

    /// Lanes in which a token's activations are summed up.
    private static final int SUM_LANES = 8;

    private final Geometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf x, prepared;
    /// What is written at once, and how many of it are an element of the form.
    private final Element element;
    private final int unit;
    private final List<Buf> constants = new ArrayList<>();

    private PrepareLowering(Geometry g) {
        this.g = g;
        x = Buf.in("x", Element.I8, multiply(ref(n), i32(g.k())), Parameters.ACTIVATION);
        unit = g.form() instanceof ActivationForm.Fours ? ActivationForm.Fours.BYTES : 1;
        element = unit > 1 ? Element.I8 : g.form().element();
        prepared = Buf.out("prepared", element, i32(unit * g.preparedElements()));
    }

    public static Program lower(Geometry geometry) {
        return new PrepareLowering(geometry).program();
    }

    private Program program() {
        Var tile = names.index("tile"), token = names.index("token");
        Loop body = switch (g.form()) {
            case ActivationForm.Ordered form -> copy(passes(form.order()), tile, token);
            case ActivationForm.Fours form -> copy(passes(form.order()), tile, token);
            case ActivationForm.Tables form -> tabulate(form, tile, token);
        };
        Loop loops = Loop.loop(
                tile,
                g.columnTiles(),
                Binding.CORES,
                new Loop.Outline("tile", Loop.loop(token, i32(0), ref(n), 1, Binding.SERIAL, body)));
        if (g.form().sums() > 0) loops = Loop.block(loops, sums());
        var buffers = new ArrayList<>(List.of(x, prepared));
        buffers.addAll(constants);
        return new Program(
                "prepare_" + g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), loops));
    }

    /// First element of slot 0 of a tile for a token.
    private Expr base(Var tile, Var token) {
        int block = g.tokenBlock(), run = g.form().slots() * stride();
        if (block == 1)
            return multiply(add(multiply(ref(token), i32(g.columnTiles())), ref(tile)), i32(run));
        Expr blockIndex = Expr.binary(Expr.Binary.Operation.DIVIDE, ref(token), i32(block));
        Expr inBlock = Expr.binary(Expr.Binary.Operation.REMAINDER, ref(token), i32(block));
        Expr blocks = multiply(add(multiply(blockIndex, i32(g.columnTiles())), ref(tile)), i32(run * block));
        return add(blocks, multiply(inBlock, i32(stride())));
    }

    /// Elements of a run.
    private int stride() {
        return unit * g.form().stride();
    }

    /// Elements from one slot to the next.
    private int slotStep() {
        return g.tokenBlock() * stride();
    }

    /// The activation in a column of the tile, 0 beyond k, as what is written at once.
    private Expr activation(Var token, Expr column) {
        return activations(token, column, 1, true);
    }

    /// The same of `count` neighbouring columns.
    ///
    /// @param guarded false where no column lies beyond k
    private Expr activations(Var token, Expr column, int count, boolean guarded) {
        Expr row = multiply(ref(token), i32(g.k()));
        Expr value = new Expr.Load(new Type(Element.I8, count), x, add(row, column), guarded ? add(row, i32(g.k())) : null);
        return convert(element, value);
    }

    /// The runs of each pass over a tile: the columns of one group after the other, none of the others.
    private List<int[]> passes(List<int[]> order) {
        if (g.passes() == 1) return order;
        return IntStream.range(0, g.passes()).boxed()
                .flatMap(pass -> order.stream().map(slot -> Arrays.stream(slot).map(c -> c >= 0 && c / g.kernel().group() == pass ? c : -1).toArray()))
                .toList();
    }

    /// Neighbouring columns are copied together.
    ///
    /// @param order of all passes
    private Loop copy(List<int[]> order, Var tile, Var token) {
        int together = neighbours(order), parts = stride() / together;
        int[] columns = order.stream()
                .flatMapToInt(slot -> IntStream.range(0, parts).map(part -> slot[part * together]))
                .map(c -> c < 0 ? g.k() : c)
                .toArray();
        boolean guarded = g.k() % g.packing().columns() != 0 || order.stream().flatMapToInt(IntStream::of).anyMatch(c -> c < 0);
        Var first = names.value("first", Type.I32);
        Loop.Let begin = new Loop.Let(first, base(tile, token));
        if (columns.length <= WRITTEN_OUT && g.passes() == 1) {
            var steps = new ArrayList<Loop>(List.of(begin));
            for (int i = 0; i < columns.length; i++) {
                Expr from = add(multiply(ref(tile), i32(g.packing().columns())), i32(columns[i]));
                Expr at = add(ref(first), i32(i / parts * slotStep() + i % parts * together));
                steps.add(new Loop.Store(prepared, at, activations(token, from, together, guarded), null));
            }
            return Loop.block(steps);
        }
        Buf table = Buf.constant("order", Element.I32, columns);
        constants.add(table);
        Var slot = names.index("slot"), part = names.index("part");
        Expr run = ref(slot), stored = ref(tile);
        if (g.passes() > 1) {
            run = add(multiply(Expr.binary(Expr.Binary.Operation.REMAINDER, ref(tile), i32(g.passes())), i32(g.form().slots())), run);
            stored = Expr.binary(Expr.Binary.Operation.DIVIDE, ref(tile), i32(g.passes()));
        }
        Expr column = load(table, add(multiply(run, i32(parts)), ref(part)), 1);
        Expr at = add(add(ref(first), multiply(ref(slot), i32(slotStep()))), multiply(ref(part), i32(together)));
        Expr from = add(multiply(stored, i32(g.packing().columns())), column);
        Loop store = new Loop.Store(prepared, at, activations(token, from, together, guarded), null);
        return Loop.block(
                begin,
                Loop.loop(slot, g.form().slots(), Binding.SERIAL, Loop.loop(part, parts, Binding.SERIAL, store)));
    }

    /// How many activations of a run, a power of two, come from neighbouring columns or from none, wherever one begins at a multiple of it.
    private int neighbours(List<int[]> order) {
        int together = Math.min(AT_ONCE_COPIED, Integer.lowestOneBit(stride()));
        while (together > 1 && !areNeighbours(order, together)) together /= 2;
        return together;
    }

    private static boolean areNeighbours(List<int[]> order, int together) {
        return order.stream().allMatch(slot -> IntStream.range(0, slot.length).allMatch(lane -> {
            int first = slot[lane / together * together];
            return slot[lane] == (first < 0 ? first : first + lane % together);
        }));
    }

    /// The sum of the activations of each token's groups, i32, as the bytes of its element.
    private Loop sums() {
        int size = g.groupSize();
        Var token = names.index("token"), group = names.index("group"), column = names.index("column"), row = names.value("row", Type.I32);
        Type bytes = new Type(Element.I8, 4 * SUM_LANES);
        Var sum = names.mutable("sum", new Type(Element.I32, SUM_LANES));
        Expr from = g.groups() == 1 ? i32(0) : multiply(ref(group), i32(size)), end = add(ref(row), i32(g.k()));
        if (g.groups() > 1 && size % bytes.lanes() != 0)
            end = Expr.binary(Expr.Binary.Operation.MIN, end, add(ref(row), add(from, i32(size))));
        Expr some = new Expr.Load(bytes, x, add(ref(row), add(from, ref(column))), end);
        Expr all = new Expr.Bitcast(new Type(Element.I8, 4), new Expr.Reduce(Expr.Binary.Operation.ADD, ref(sum)));
        Expr at = add(i32(g.firstSum()), g.groups() == 1 ? ref(token) : add(multiply(ref(token), i32(g.groups())), ref(group)));
        Loop each = Loop.block(
                new Loop.Let(sum, Expr.zero(sum.type())),
                Loop.loop(column, i32(0), i32(size), bytes.lanes(), Binding.SERIAL,
                        new Loop.Set(sum, new Expr.Dot(ref(sum), some, new Expr.Int(bytes, 1)))),
                new Loop.Store(prepared, multiply(at, i32(unit)), all, null));
        Loop groups = g.groups() == 1 ? each : Loop.loop(group, g.groups(), Binding.SERIAL, each);
        return Loop.loop(token, i32(0), ref(n), 1, Binding.CORES,
                new Loop.Outline("sum", Loop.block(new Loop.Let(row, multiply(ref(token), i32(g.k()))), groups)));
    }

    private Loop tabulate(ActivationForm.Tables form, Var tile, Var token) {
        var steps = new ArrayList<Loop>();
        Var first = names.value("first", Type.I32), column0 = names.value("column", Type.I32);
        steps.add(new Loop.Let(first, base(tile, token)));
        steps.add(new Loop.Let(column0, multiply(ref(tile), i32(g.packing().columns()))));
        Map<Codec, List<Integer>> slots = new LinkedHashMap<>();
        for (int slot = 0; slot < form.slots(); slot++)
            slots.computeIfAbsent(form.tables().get(slot).book().codec(), c -> new ArrayList<>()).add(slot);
        slots.forEach((codec, own) -> {
            if (form.slots() <= WRITTEN_OUT) for (int slot : own) steps.add(writtenOut(form, slot, token, first, column0));
            else if (slots.size() == 1) steps.add(looped(form, own, token, first, column0));
            else steps.add(new Loop.Outline("tables", looped(form, own, token, first, column0)));
        });
        return Loop.block(steps);
    }

    private Loop writtenOut(ActivationForm.Tables form, int slot, Var token, Var first, Var column0) {
        ActivationForm.Table table = form.tables().get(slot);
        var columns = new ArrayList<Expr>();
        for (int c : table.columns()) columns.add(c < 0 ? i32(g.k()) : add(ref(column0), i32(c)));
        Loop store = store(form, table, token, columns, add(ref(first), i32(slot * slotStep())));
        return form.slots() * bytes(form, table) > AT_ONCE ? new Loop.Outline("table", store) : store;
    }

    /// The slots of one code book, their columns and numbers from tables.
    private Loop looped(ActivationForm.Tables form, List<Integer> slots, Var token, Var first, Var column0) {
        ActivationForm.Table any = form.tables().get(slots.getFirst());
        int digits = any.columns().size();
        String name = any.book().codec().name();
        Buf order = Buf.constant("columns_of_" + name, Element.I32, slots.stream()
                .flatMapToInt(s -> form.tables().get(s).columns().stream().mapToInt(c -> c < 0 ? g.k() : c))
                .toArray());
        Buf numbers = Buf.constant("slots_of_" + name, Element.I32, slots.stream().mapToInt(s -> s).toArray());
        constants.add(order);
        Var i = names.index("slot");
        var columns = new ArrayList<Expr>();
        for (int j = 0; j < digits; j++)
            columns.add(add(ref(column0), load(order, add(multiply(ref(i), i32(digits)), i32(j)), 1)));
        boolean all = slots.size() == form.slots();
        if (!all) constants.add(numbers);
        Expr at = add(ref(first), multiply(all ? ref(i) : load(numbers, ref(i), 1), i32(slotStep())));
        return Loop.loop(i, slots.size(), Binding.SERIAL, store(form, any, token, columns, at));
    }

    /// Of a table, digits counted separately.
    private static int bytes(ActivationForm.Tables form, ActivationForm.Table table) {
        return form.stride() * form.element().bytes() * (1 + table.columns().size());
    }

    /// `prepared[at ..] = sum_j digit_j * x[columns_j]`, a vector over the codes, or over as many of them as may be at once.
    private Loop store(ActivationForm.Tables form, ActivationForm.Table table, Var token, List<Expr> columns, Expr at) {
        int entries = form.stride();
        while (entries * form.element().bytes() * (1 + columns.size()) > AT_ONCE && entries % 2 == 0) entries /= 2;
        if (entries == form.stride()) {
            var values = columns.stream().map(c -> activation(token, c)).toList();
            return new Loop.Store(prepared, at, sum(form, table, i32(0), entries, values), null);
        }
        var steps = new ArrayList<Loop>();
        var values = new ArrayList<Expr>();
        for (Expr column : columns) {
            Var value = names.value("x", new Type(form.element(), 1));
            steps.add(new Loop.Let(value, activation(token, column)));
            values.add(ref(value));
        }
        Var start = names.value("start", Type.I32), part = names.index("part");
        steps.add(new Loop.Let(start, at));
        Expr entry = multiply(ref(part), i32(entries));
        Loop store = new Loop.Store(prepared, add(ref(start), entry), sum(form, table, entry, entries, values), null);
        steps.add(Loop.loop(part, form.stride() / entries, Binding.SERIAL, store));
        return Loop.block(steps);
    }

    private Expr sum(ActivationForm.Tables form, ActivationForm.Table table, Expr entry, int entries, List<Expr> values) {
        Expr sum = Expr.zero(new Type(form.element(), entries));
        for (int j = 0; j < values.size(); j++) {
            Expr digits = load(digits(form, table, j), entry, entries);
            Expr product = Expr.binary(Expr.Binary.Operation.MULTIPLY, digits, broadcast(entries, values.get(j)));
            sum = j == 0 ? product : Expr.binary(Expr.Binary.Operation.ADD, sum, product);
        }
        return sum;
    }

    /// The constant with digit `j` of every code.
    private Buf digits(ActivationForm.Tables form, ActivationForm.Table table, int j) {
        int[] values = IntStream.range(0, form.stride())
                .map(entry -> table.book().digit(entry % table.book().codes(), j))
                .toArray();
        String name = "digit" + j + "_of_" + table.book().codec().name();
        for (Buf known : constants) if (known.name().equals(name)) return known;
        Buf constant = Buf.constant(name, form.element(), values);
        constants.add(constant);
        return constant;
    }
}
