package tern.scheduler.matrix;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Loop.TileProduct;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;

/// The kernel that brings activations i8 `[n, k]` into tiles: `[block of tokens][run][16 tokens][step][token][64 bytes]`. Cores share the steps,
/// by periods after which the order of the columns repeats. Rows of tokens that there are not stay as they were: nobody looks at their sums.
public final class MatrixPrepare {

    /// Steps of a period that are written out at most; with more, a table of columns.
    private static final int WRITTEN_OUT = 8;

    private final MatrixGeometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf x, prepared;
    private final List<Buf> constants = new ArrayList<>();

    private MatrixPrepare(MatrixGeometry g) {
        this.g = g;
        x = Buf.in("x", Element.I8, multiply(ref(n), i32(g.k())), Parameters.ACTIVATION);
        prepared = Buf.out("prepared", Element.I8, i32(g.preparedBytes()));
    }

    public static Program lower(MatrixGeometry geometry) {
        return new MatrixPrepare(geometry).program();
    }

    private Program program() {
        int period = g.period();
        boolean writtenOut = period <= WRITTEN_OUT
                && IntStream.range(0, period).allMatch(step -> last(step) - first(step) < TileProduct.ROW_BYTES);
        Var index = names.index("period"), token = names.index("token");
        Loop ofToken = writtenOut ? shuffled(index, token) : copied(index, token);
        Loop tokens = new Loop.Outline("tile", Loop.loop(token, i32(0), ref(n), 1, Binding.SERIAL, ofToken));
        Loop periods = Loop.loop(index, g.steps() / period, Binding.CORES, tokens);
        var buffers = new ArrayList<>(List.of(x, prepared));
        buffers.addAll(constants);
        return new Program(
                "prepare_" + g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), periods));
    }

    private int first(int step) {
        return columns(step).filter(c -> c >= 0).min().orElse(0);
    }

    private int last(int step) {
        return columns(step).max().orElse(0);
    }

    private IntStream columns(int step) {
        return IntStream.range(0, TileProduct.ROW_BYTES).map(q -> g.column(step, q));
    }

    /// First column of a period.
    private Expr base(Var period) {
        int tiles = g.period() * TileProduct.ROW_BYTES / MatrixView.GROUP / g.view().groups();
        return multiply(ref(period), i32(tiles * g.packing().columns()));
    }

    /// First byte of a token's row in the first step of a period.
    private Expr row(Var period, Var token) {
        int periods = g.runSteps() / g.period(), tokens = g.schedule().tokens();
        Expr run = quotient(ref(period), periods), inRun = multiply(remainder(ref(period), periods), i32(g.period()));
        Expr block = add(multiply(quotient(ref(token), tokens), i32(g.runs())), run);
        Expr inBlock = remainder(ref(token), tokens);
        Expr tile = add(multiply(block, i32(g.tokenTiles())), quotient(inBlock, TileProduct.ROWS));
        Expr step = add(multiply(tile, i32(g.runSteps())), inRun);
        return add(multiply(step, i32(TileProduct.BYTES)), multiply(remainder(inBlock, TileProduct.ROWS), i32(TileProduct.ROW_BYTES)));
    }

    private static Expr quotient(Expr value, int by) {
        return by == 1 ? value : Expr.binary(Expr.Binary.Operation.DIVIDE, value, i32(by));
    }

    private static Expr remainder(Expr value, int by) {
        return by == 1 ? i32(0) : Expr.binary(Expr.Binary.Operation.REMAINDER, value, i32(by));
    }

    /// Each step's 64 bytes from 64 neighbouring activations.
    private Loop shuffled(Var period, Var token) {
        var steps = new ArrayList<Loop>();
        Var row = names.value("row", Type.I32), from = names.value("from", Type.I32), end = names.value("end", Type.I32);
        steps.add(new Loop.Let(row, row(period, token)));
        steps.add(new Loop.Let(end, multiply(add(ref(token), i32(1)), i32(g.k()))));
        steps.add(new Loop.Let(from, add(multiply(ref(token), i32(g.k())), base(period))));
        var bytes = new Type(Element.I8, TileProduct.ROW_BYTES);
        for (int step = 0; step < g.period(); step++) {
            int first = first(step);
            Expr columns = new Expr.Load(bytes, x, add(ref(from), i32(first)), ref(end));
            Expr value = new Expr.Shuffle(columns, columns(step).map(c -> Math.max(0, c - first)).boxed().toList());
            if (columns(step).anyMatch(c -> c < 0))
                value = Expr.binary(Expr.Binary.Operation.AND, value, load(mask(step), i32(0), bytes.lanes()));
            steps.add(new Loop.Store(prepared, add(ref(row), i32(step * TileProduct.BYTES)), value, null));
        }
        return Loop.block(steps);
    }

    /// The constant with all bits where a byte of the step is an activation.
    private Buf mask(int step) {
        int[] mask = columns(step).map(c -> c < 0 ? 0 : -1).toArray();
        Buf constant = Buf.constant("used" + step, Element.I8, mask);
        constants.add(constant);
        return constant;
    }

    /// Byte after byte, its column from a table.
    private Loop copied(Var period, Var token) {
        int bytes = g.period() * TileProduct.ROW_BYTES;
        Buf order = Buf.constant("order", Element.I32, IntStream.range(0, bytes)
                .map(i -> g.column(i / TileProduct.ROW_BYTES, i % TileProduct.ROW_BYTES))
                .map(c -> c < 0 ? g.k() : c)
                .toArray());
        constants.add(order);
        Var step = names.index("step"), q = names.index("q"), row = names.value("row", Type.I32);
        Expr column = add(base(period), load(order, add(multiply(ref(step), i32(TileProduct.ROW_BYTES)), ref(q)), 1));
        Expr start = multiply(ref(token), i32(g.k()));
        Expr value = new Expr.Load(new Type(Element.I8, 1), x, add(start, column), add(start, i32(g.k())));
        Expr at = add(add(ref(row), multiply(ref(step), i32(TileProduct.BYTES))), ref(q));
        Loop bytesOfStep = Loop.loop(q, TileProduct.ROW_BYTES, Binding.SERIAL, new Loop.Store(prepared, at, value, null));
        return Loop.block(
                new Loop.Let(row, row(period, token)),
                Loop.loop(step, g.period(), Binding.SERIAL, bytesOfStep));
    }
}
