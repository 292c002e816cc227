package tern.codegen.cuda.ptx;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.ptx.PtxText.Kind;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Turns a program into PTX. Obeys the program and chooses nothing.
///
/// The grid is made of the loops on blocks and on cores, x the outermost; a loop on cores has one warp a block. What such a loop holds is
/// run by every block within its range. A program that has a loop on threads is refused: here threads are lanes.
public final class PtxEmitter {

    /// Lowest versions that know sm_89, and the prefetches of sm_90.
    private static final String VERSION = "7.8", PREFETCHING = "8.0";

    /// From which on launches may overlap. Source: PTX ISA, griddepcontrol.
    private static final int OVERLAPPING = 90;

    /// Warps that a multiprocessor shall hold of one kernel: each thread then may have up to 168 registers.
    private static final int RESIDENT = 12;

    /// Bytes of shared memory that a block has without asking for more, and that a multiprocessor of sm_90 has for all its blocks: CUDA C++
    /// Programming Guide, "Technical Specifications per Compute Capability".
    private static final int STATIC = 48 << 10, SHARED = 227 << 10;

    private static final String DYNAMIC = "dynamic$";

    private final Program program;
    private final int sm;
    private final PtxText text = new PtxText();
    private final Multiples multiples = new Multiples();
    private final Shape shape;
    private final PtxMemory memory;
    private final PtxValues values;
    private final PtxGroups groups;
    private final String laneId, warpId;
    private int depth;

    private PtxEmitter(Program program, int sm) {
        this.program = program;
        this.sm = sm;
        shape = Shape.of(program);
        memory = new PtxMemory(program.name(), text, multiples, shape.written(), shape.staged(), shape.awaits() && sm >= OVERLAPPING);
        laneId = text.register(Kind.WORD);
        warpId = text.register(Kind.WORD);
        values = new PtxValues(program.name(), text, memory, laneId);
        groups = new PtxGroups(program.name(), text, memory, values, multiples, laneId);
    }

    /// @param sm compute capability of the target: 80, 89 or 90
    /// @throws CompileException if the program holds what PTX cannot express
    public static PtxKernel emit(Program program, int sm) {
        return new PtxEmitter(program, sm).emit();
    }

    private PtxKernel emit() {
        if (shape.grouped() && sm != 90) throw new CompileException(program.name(), "bulk copies and products of groups of warps need sm_90a");
        begin();
        statement(program.body());
        text.emit("ret");
        String ptx = header() + constants() + entry() + text.body() + "}\n";
        return new PtxKernel(program, ptx, shape.grid(), shape.warps(), isDynamic() ? sharedBytes() : 0, shape.isStraight());
    }

    // The module around the body

    private String header() {
        return String.format(ROOT, """
                // %s, from %s
                .version %s
                .target sm_%d%s
                .address_size 64

                """, program.name(), program.source(), version(), sm, shape.grouped() ? "a" : "");
    }

    private String version() {
        if (shape.grouped()) return PtxGroups.VERSION;
        return sm >= OVERLAPPING ? PREFETCHING : VERSION;
    }

    private String constants() {
        var module = new StringBuilder();
        for (Buf buf : program.buffers()) {
            List<Integer> data = buf.data();
            if (data == null) continue;
            int bytes = buf.element().bytes();
            module.append(String.format(ROOT, ".global .align 16 .%s %s[%d] = {%s};%n", "b" + 8 * bytes, name(buf), data.size(),
                    data.stream().map(v -> Long.toString(bytes == 4 ? v & 0xffff_ffffL : bytes == 8 ? v : v & (1L << 8 * bytes) - 1))
                            .collect(Collectors.joining(", "))));
        }
        if (isDynamic()) module.append(".extern .shared .align 128 .b8 %s[];%n".formatted(DYNAMIC));
        return module.isEmpty() ? "" : module + "\n";
    }

    /// Names of buffers may be words of PTX; a dollar keeps them apart.
    private static String name(Buf buf) {
        return buf.name() + "$";
    }

    private String entry() {
        var parameters = new ArrayList<String>();
        for (Buf buf : program.parameters()) parameters.add("    .param .u64 " + name(buf));
        for (var scalar : program.scalars()) parameters.add("    .param .u32 " + scalar.var() + "$");
        // Without the last line ptxas would rather spill than take more than 40 registers; with a single block asked for, it takes more than
        // leave room for others.
        return String.format(ROOT, ".visible .entry %s(%n%s)%n.maxntid %d%n.minnctapersm %d%n{%n",
                program.name(), String.join(",\n", parameters), 32 * shape.warps(), resident()) + shared();
    }

    /// Blocks that a multiprocessor shall hold.
    private int resident() {
        int byShared = isDynamic() ? SHARED / sharedBytes() : RESIDENT;
        return Math.max(1, Math.min(RESIDENT / shape.warps(), byShared));
    }

    /// Whether scratch is more than a block has without asking for it.
    private boolean isDynamic() {
        return sharedBytes() > STATIC;
    }

    /// Of all scratch.
    private int sharedBytes() {
        return program.buffers().stream().filter(buf -> buf.scope() == Buf.Scope.CORE).mapToInt(this::slot).sum();
    }

    /// Bytes from a buffer in dynamic shared memory to the next one.
    private int slot(Buf buf) {
        return Math.ceilDiv(shape.bytes(buf), 128) * 128;
    }

    private String shared() {
        var declared = new StringBuilder();
        for (Buf buf : program.buffers())
            if (buf.scope() == Buf.Scope.CORE && !isDynamic() || shape.staged().contains(buf))
                declared.append(String.format(ROOT, "    .shared .align 16 .b8 shared_%s[%d];%n", name(buf), shape.bytes(buf)));
        return declared.toString();
    }

    /// Numbers of the thread, addresses, scalars.
    private void begin() {
        String thread = text.make(Kind.WORD, "mov.u32", "%tid.x");
        text.emit("and.b32", laneId, thread, "31");
        text.emit("shr.u32", warpId, thread, "5");
        for (Buf buf : program.parameters()) {
            String generic = text.make(Kind.LONG, "ld.param.u64", "[" + name(buf) + "]");
            memory.base(buf, text.make(Kind.LONG, "cvta.to.global.u64", generic));
        }
        for (var scalar : program.scalars())
            values.bind(scalar.var(), RegisterValue.of(Type.I32, text.make(Kind.WORD, "ld.param.u32", "[" + scalar.var() + "$]")));
        int at = 0;
        for (Buf buf : program.buffers()) {
            if (buf.scope() == Buf.Scope.TEAM) throw new CompileException(program.name(), "scratch of all blocks: " + buf);
            if (buf.scope() == Buf.Scope.CORE) {
                String place = text.make(Kind.WORD, "mov.u32", isDynamic() ? DYNAMIC : "shared_" + name(buf));
                memory.base(buf, !isDynamic() || at == 0 ? place : text.make(Kind.WORD, "add.u32", place, Integer.toString(at)));
                at += slot(buf);
            }
            if (buf.scope() == Buf.Scope.CONSTANT) {
                String global = text.make(Kind.LONG, "mov.u64", name(buf));
                memory.base(buf, shape.staged().contains(buf) ? stage(buf, global, thread) : global);
            }
        }
        if (!shape.staged().isEmpty()) text.emit("bar.sync", "0");
        groups.begin(shape.signals(), shape, thread);
    }

    /// Copies a table that lanes look up one by one to shared memory, whose banks answer them together.
    private String stage(Buf buf, String global, String thread) {
        text.comment("table " + buf + " to shared memory");
        String shared = text.make(Kind.WORD, "mov.u32", "shared_" + name(buf));
        int words = shape.bytes(buf) / 4, threads = 32 * shape.warps();
        for (int from = 0; from < words; from += threads) {
            String at = from == 0 ? thread : text.make(Kind.WORD, "add.s32", thread, Integer.toString(from));
            String inside = text.make(Kind.PREDICATE, "setp.lt.u32", at, Integer.toString(words));
            String source = text.make(Kind.LONG, "mad.wide.u32", at, "4", global), word = text.register(Kind.WORD);
            String target = text.make(Kind.WORD, "mad.lo.u32", at, "4", shared);
            text.emitIf(inside, "ld.global.nc.b32", word, "[" + source + "]");
            text.emitIf(inside, "st.shared.b32", "[" + target + "]", word);
        }
        return shared;
    }

    // Statements

    private void statement(Loop loop) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(this::statement);
            case Loop.For loopFor -> loop(loopFor);
            case Loop.Let(Var var, Expr value) -> {
                multiples.let(var, value);
                values.let(var, value);
            }
            case Loop.Set(Var var, Expr value) -> values.set(var, value);
            case Loop.Store(Buf buffer, Expr index, Expr value, @Nullable Expr limit) ->
                memory.store(buffer, index, values.storable(value), limit, values::unpackedOf, laneId);
            case Loop.If(Expr condition, Loop then) -> {
                String end = text.label("end_if");
                text.comment(LoopPrinter.firstLine(loop));
                text.emitIf("!" + values.of(condition).get(0), "bra", end);
                statement(then);
                text.place(end);
                memory.forget();
            }
            case Loop.Outline(_, Loop body) -> statement(body);
            case Loop.Barrier(var scope) -> barrier(scope);
            case Loop.TileProduct _ -> throw new CompileException(program.name(), "a product of a processor's tiles");
            case Loop.CopyAsync copy -> memory.copy(copy, values::unpackedOf, laneId);
            case Loop.GridDependency(var action) -> {
                if (sm >= OVERLAPPING) text.emit("griddepcontrol." + (action == Loop.GridAction.WAIT ? "wait" : "launch_dependents"));
            }
            case Loop.Prefetch prefetch -> {
                if (sm >= OVERLAPPING) memory.prefetch(prefetch, values::unpackedOf, text.make(Kind.WORD, "or.b32", laneId, warpId));
            }
            case Loop.Wait(int pending) -> {
                text.emit("cp.async.commit_group");
                text.emit("cp.async.wait_group", Integer.toString(pending));
            }
            case Loop.Group group -> groups.statement(group);
            case Loop.At(int line, Loop body) -> {
                text.comment(program.source() + ":" + line);
                statement(body);
            }
        }
    }

    private void barrier(Binding scope) {
        switch (scope) {
            case THREADS -> text.emit("bar.sync", "0");
            case WARPS -> text.emit("bar.warp.sync", "-1");
            case CORES, BLOCKS, SERIAL, UNROLLED ->
                throw new CompileException(program.name(), LoopPrinter.firstLine(new Loop.Barrier(scope)) + " on a GPU");
        }
        memory.met();
    }

    private void loop(Loop.For loop) {
        text.comment(LoopPrinter.firstLine(loop));
        switch (loop.binding()) {
            case SERIAL -> serial(loop);
            case UNROLLED -> unrolled(loop);
            case BLOCKS, CORES -> {
                if (depth > 2) throw new CompileException(program.name(), "a grid of four axes");
                String block = text.make(Kind.WORD, "mov.u32", "%ctaid." + "xyz".charAt(depth));
                depth++;
                parallel(loop, block, shape.grid().get(depth - 1).size() > 1);
                depth--;
            }
            case WARPS -> {
                Integer trips = constantTrips(loop);
                parallel(loop, warpId, trips == null || trips != shape.warps());
            }
            case THREADS -> throw new CompileException(program.name(), "a loop on threads: here they are lanes");
        }
    }

    private Loop.Range.Steps steps(Loop.For loop) {
        if (loop.range() instanceof Loop.Range.Steps steps) return steps;
        throw new CompileException(program.name(), "a loop over a list on " + loop.binding());
    }

    static @Nullable Integer constantTrips(Loop.For loop) {
        return loop.range() instanceof Loop.Range.Steps(Expr.Int(_, long from), Expr.Int(_, long to), int step)
                ? (int) Math.max(0, (to - from + step - 1) / step)
                : null;
    }

    /// One iteration for each of those who run this code.
    ///
    /// @param guarded whether there may be more of them than iterations
    private void parallel(Loop.For loop, String number, boolean guarded) {
        Loop.Range.Steps range = steps(loop);
        multiples.index(loop.index(), range);
        String index = number;
        if (range.step() != 1 || !(range.from() instanceof Expr.Int(_, long zero) && zero == 0))
            index = text.make(Kind.WORD, "mad.lo.s32", number, Integer.toString(range.step()), values.uniform(range.from()));
        values.bind(loop.index(), RegisterValue.of(Type.I32, index));
        String end = text.label("end_" + loop.index());
        if (guarded) {
            String beyond = text.make(Kind.PREDICATE, "setp.ge.s32", index, values.uniform(range.to()));
            text.emitIf(beyond, "bra", end);
        }
        statement(loop.body());
        if (guarded) {
            text.place(end);
            memory.forget();
        }
    }

    private void unrolled(Loop.For loop) {
        Loop.Range.Steps range = steps(loop);
        Integer trips = constantTrips(loop);
        if (trips == null || !(range.from() instanceof Expr.Int(_, long from)))
            throw new CompileException(program.name(), "an unrolled loop whose range is not constant");
        for (int i = 0; i < trips; i++) {
            Expr index = Expr.i32((int) (from + (long) i * range.step()));
            multiples.let(loop.index(), index);
            values.let(loop.index(), index);
            statement(loop.body());
        }
    }

    private void serial(Loop.For loop) {
        String head = text.label(loop.index().toString()), end = text.label("end_" + loop.index());
        Loop.Range range = loop.range();
        multiples.index(loop.index(), range);
        String first = "0", last;
        int step = 1;
        switch (range) {
            case Loop.Range.Steps(Expr from, Expr to, int by) -> {
                first = values.uniform(from);
                last = values.uniform(to);
                step = by;
            }
            case Loop.Range.Listed(_, Expr count) -> last = values.uniform(count);
        }
        String counter = text.make(Kind.WORD, "mov.b32", first);
        Integer trips = constantTrips(loop);
        if (trips == null || trips == 0) {
            String none = text.make(Kind.PREDICATE, "setp.ge.s32", counter, last);
            text.emitIf(none, "bra", end);
        }
        text.place(head);
        memory.forget();
        RegisterValue index = RegisterValue.of(Type.I32, counter);
        if (range instanceof Loop.Range.Listed(Buf list, _)) {
            Var at = Var.value("at", Type.I32);
            values.bind(at, index);
            index = values.unpackedOf(Expr.load(list, Expr.ref(at), 1));
        }
        values.bind(loop.index(), index);
        statement(loop.body());
        text.emit("add.s32", counter, counter, Integer.toString(step));
        String more = text.make(Kind.PREDICATE, "setp.lt.s32", counter, last);
        text.emitIf(more, "bra", head);
        text.place(end);
        memory.forget();
    }
}
