package tern.scheduler.warpgroup;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.warp.ChunkDigits;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpMultiply;
import tern.scheduler.warp.WarpStep;
import tern.scheduler.warp.WarpUnit;
import tern.scheduler.warp.WarpgroupLayout;

/// The steps of a block whose warps multiply by fours, on cards where products and copies run on by themselves. The activations of a step
/// come to shared memory as one piece, some steps ahead; weights come to registers one step ahead. While products are under way the next digits are
/// taken out of their codes, and a stage is filled again as soon as the first products of the step after it have begun.
///
///     copies of the first stages
///     for each step
///       wait for its copy
///       weights of the next step
///       for all products that meet the same activations
///         digits; products begin; wait for the ones before them
///         the first time: barrier; a copy to the stage of the step before
///     barrier
final class WarpgroupPipeline implements WarpUnit.Steps {

    private final WarpGeometry g;
    private final WarpgroupLayout layout;
    private final Names names;
    private final WarpStep step;
    private final Buf prepared, stages, signals;

    /// @param stages of activations: shared memory that is free until the barrier at the end
    WarpgroupPipeline(WarpGeometry g, Names names, WarpStep step, Buf prepared, Buf stages) {
        this.g = g;
        layout = new WarpgroupLayout(g);
        this.names = names;
        this.step = step;
        this.prepared = prepared;
        this.stages = stages;
        signals = Buf.scratch("ready", Element.U64, Buf.Scope.CORE, g.schedule().unroll(), null);
    }

    @Override
    public List<Buf> buffers() {
        return List.of(signals);
    }

    @Override
    public void run(List<Loop> into, WarpStep.Registers place, Expr part, Expr warp, Expr tokens) {
        int count = g.schedule().unroll();
        Expr first = new Expr.Compare(Relation.EQ, warp, i32(0));
        var fill = new ArrayList<Loop>();
        for (int s = 0; s < Math.min(count, g.steps()); s++) fill.add(copy(tokens, i32(s), i32(s)));
        into.add(new Loop.If(first, Loop.block(fill)));
        Var[][] words = step.firstWeights(into, place);
        Var i = names.index("step"), slot = names.index("slot"), stage = names.index("stage");
        var body = new ArrayList<Loop>();
        body.add(new Loop.Let(slot, WarpMultiply.remainder(ref(i), count)));
        body.add(new Loop.Let(stage, multiply(ref(slot), i32(layout.stageWords()))));
        body.add(new Loop.Await(signals, ref(slot), WarpMultiply.divide(ref(i), count)));
        Var[][] later = step.load(body, place, Expr.binary(Operation.MIN, add(ref(i), i32(1)), i32(g.steps() - 1)));
        ChunkDigits.Step codes = step.codes(body, place, words);
        List<List<WarpgroupLayout.Fragment>> batches = layout.products();
        for (int b = 0; b < batches.size(); b++) {
            products(body, place, codes, stage, batches.get(b));
            // NVIDIA's assembler makes all products wait for one another (C7513) where one is under way when the loop turns.
            body.add(new Loop.GroupWait(b == batches.size() - 1 ? 0 : 1));
            if (b == 0 && g.steps() > count) refill(body, tokens, i, first);
        }
        step.keep(body, words, later);
        into.add(Loop.loop(i, g.steps(), Binding.SERIAL, Loop.block(body)));
        into.add(new Loop.Barrier(Binding.THREADS));
    }

    /// All warps are done with the step before.
    private void refill(List<Loop> steps, Expr tokens, Var i, Expr first) {
        int count = g.schedule().unroll();
        Var later = names.index("later");
        steps.add(new Loop.Barrier(Binding.THREADS));
        Expr before = WarpMultiply.minus(ref(i), 1);
        var inside = Expr.binary(Operation.AND,
                new Expr.Compare(Relation.GE, ref(i), i32(1)), new Expr.Compare(Relation.LT, ref(later), i32(g.steps())));
        steps.add(new Loop.Let(later, add(before, i32(count))));
        steps.add(new Loop.If(Expr.binary(Operation.AND, inside, first), copy(tokens, ref(later), WarpMultiply.remainder(ref(later), count))));
    }

    private Loop copy(Expr tokens, Expr at, Expr slot) {
        return new Loop.CopyBulk(stages, multiply(slot, i32(layout.stageWords())), prepared, layout.stepWord(tokens, at),
                layout.stageWords(), signals, slot);
    }

    private void products(List<Loop> steps, WarpStep.Registers place, ChunkDigits.Step codes, Var stage, List<WarpgroupLayout.Fragment> together) {
        var all = new ArrayList<Loop>();
        for (int w = 0; w < place.products().length; w++)
            for (WarpgroupLayout.Fragment fragment : together) {
                WarpGeometry.Pair pair = fragment.pair();
                var rows = new ArrayList<Expr>();
                for (Integer quad : new @Nullable Integer[] {fragment.low(), fragment.high()}) {
                    rows.add(quad == null ? codes.none() : codes.bytes(g.quads(pair.slot()).get(quad), w, pair.rowTile()));
                    rows.add(quad == null ? codes.none() : codes.bytes(g.quads(pair.otherSlot()).get(quad), w, pair.otherRowTile()));
                }
                all.add(new Loop.GroupProduct(
                        List.of(place.products()[w][g.pairs().indexOf(pair)]), rows, stages,
                        add(ref(stage), i32(fragment.lowWord() * layout.wordWords())),
                        (fragment.highWord() - fragment.lowWord()) * layout.wordWords()));
            }
        steps.addAll(all);
    }
}
