package tern.scheduler.warp;

import static java.util.Locale.ROOT;
import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.program.Names;

/// The steps of a block whose warps share the activations: these come to shared memory by asynchronous copies, some steps ahead; weights,
/// of which each warp has its own, come to registers one step ahead, and are unpacked once for all tokens of the block.
///
///     copies of the first stages
///     for each step
///       wait for its copies; barrier
///       copies of a later step, into the stage that the step before has left
///       weights of the next step
///       products
///     barrier
final class WarpPipeline implements WarpUnit.Steps {

    /// Words that a warp copies at once, at most: 16 bytes a lane.
    private static final int PIECE = 128;

    private final WarpGeometry g;
    private final Names names;
    private final WarpStep step;
    private final Buf prepared, stages;

    /// @param stages of activations: shared memory that is free until the barrier at the end
    WarpPipeline(WarpGeometry g, Names names, WarpStep step, Buf prepared, Buf stages) {
        this.g = g;
        this.names = names;
        this.step = step;
        this.prepared = prepared;
        this.stages = stages;
    }

    @Override
    public List<Buf> buffers() {
        return List.of();
    }

    @Override
    public void run(List<Loop> into, WarpStep.Registers place, Expr part, Expr warp, Expr tokens) {
        Expr firstToken = multiply(tokens, i32(g.schedule().tokens()));
        int count = g.schedule().unroll(), ahead = count - 1;
        for (int s = 0; s < ahead; s++) {
            if (s < g.steps()) into.add(copy(warp, firstToken, i32(s), i32(s)));
            // Waits for nothing, but makes a group of each step.
            if (s < ahead - 1) into.add(new Loop.Wait(count));
        }
        Var[][] words = step.firstWeights(into, place);
        Var i = names.index("step"), stage = names.index("stage");
        var body = new ArrayList<Loop>();
        body.add(new Loop.Wait(count - 2));
        body.add(new Loop.Barrier(Binding.THREADS));
        Expr later = add(ref(i), i32(ahead));
        body.add(new Loop.If(
                new Expr.Compare(Expr.Compare.Relation.LT, later, i32(g.steps())), copy(warp, firstToken, later, WarpMultiply.remainder(later, count))));
        body.add(new Loop.Let(stage, multiply(WarpMultiply.remainder(ref(i), count), i32(g.stageWords()))));
        Expr next = Expr.binary(Operation.MIN, add(ref(i), i32(1)), i32(g.steps() - 1));
        body.add(step.staged(place, words, next, ref(stage), stages));
        into.add(Loop.loop(i, g.steps(), Binding.SERIAL, Loop.block(body)));
        into.add(new Loop.Barrier(Binding.THREADS));
    }

    /// The activations of a step, which lie together for all tokens of the block: the warps take turns.
    private Loop copy(Expr warp, Expr firstToken, Expr at, Expr stage) {
        Var piece = names.index("piece"), from = names.value("from", Type.I32), to = names.value("to", Type.I32);
        int size = Math.min(PIECE, Integer.lowestOneBit(g.stageWords()));
        Expr words = multiply(ref(piece), i32(size));
        return Loop.block(
                new Loop.Let(from, g.stepWord(firstToken, at)),
                new Loop.Let(to, multiply(stage, i32(g.stageWords()))),
                Loop.loop(piece, warp, i32(g.stageWords() / size), g.schedule().warps(), Binding.SERIAL,
                        new Loop.CopyAsync(stages, add(ref(to), words), prepared, add(ref(from), words), size)));
    }

    /// @throws InapplicableException if a geometry has no pipeline
    static void check(WarpGeometry g) {
        require(g.schedule().unroll() > 1, "tiles: a pipeline has two stages or more");
        require(g.maxTokens() > 1, "tiles are for several tokens");
        require(g.stageWords() % 4 == 0, String.format(ROOT, "tiles: %d words of activations are no whole 16 bytes", g.stageWords()));
    }

    private static void require(boolean holds, String reason) {
        if (!holds) throw new InapplicableException(reason);
    }
}
