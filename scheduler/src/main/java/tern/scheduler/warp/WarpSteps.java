package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// The steps of a warp that reads activations where they lie: some steps at once, so that their loads are under way together.
record WarpSteps(WarpGeometry g, Names names, WarpStep step) implements WarpUnit.Steps {

    @Override
    public List<Buf> buffers() {
        return List.of();
    }

    @Override
    public void run(List<Loop> steps, WarpStep.Registers place, Expr part, Expr warp, Expr tokens) {
        int split = g.schedule().split();
        int unroll = Math.min(g.schedule().unroll(), Math.ceilDiv(g.steps(), split));
        int stride = split * unroll, rest = g.steps() % stride;
        Var i = names.index("step");
        if (unroll == 1) {
            steps.add(Loop.loop(i, part, i32(g.steps()), split, Binding.SERIAL, step.steps(place, ref(i), 1)));
            return;
        }
        int whole = g.steps() - rest;
        if (whole > 0)
            steps.add(Loop.loop(i, part, i32(whole), stride, Binding.SERIAL, step.steps(place, ref(i), unroll)));
        Var last = names.index("step");
        if (rest > 0)
            steps.add(Loop.loop(last, add(part, i32(whole)), i32(g.steps()), split, Binding.SERIAL, step.steps(place, ref(last), 1)));
    }
}
