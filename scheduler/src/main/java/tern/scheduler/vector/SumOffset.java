package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.broadcast;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;

/// What the sums of unsigned digits begin with: the digits' offset times the sum of a token's activations in the group, once for each row.
///
/// `sum((digit - low) * x) + low * sum(x)` is `sum(digit * x)`. Of the lanes that a row has, the first takes the second summand.
final class SumOffset {

    private final Geometry g;
    private final Names names;
    private final Buf prepared, sums;
    private final Buf first;

    SumOffset(Geometry g, Names names, Buf prepared, Buf sums) {
        this.g = g;
        this.names = names;
        this.prepared = prepared;
        this.sums = sums;
        first = Buf.constant("offset", Element.I32, offsets());
    }

    /// For each lane of each accumulator, the offset where the lane is the first of its row, else 0.
    private int[] offsets() {
        Set<Integer> seen = new HashSet<>();
        return g.accumulators().rows().stream()
                .flatMapToInt(rows -> Arrays.stream(rows).map(row -> row >= 0 && seen.add(row) ? g.digitOffset() : 0))
                .toArray();
    }

    List<Buf> constants() {
        return g.digitOffset() == 0 ? List.of() : List.of(first);
    }

    /// Sets the sums of a block.
    ///
    /// @param group along k
    Loop loop(Block block, Expr group) {
        int tokens = g.tokenBlock(), stride = MultiplyLowering.stride(g), lanes = g.sumLanes();
        int tiles = g.kernel().weights().size() * g.schedule().rowTiles();
        Var tile = names.index("tile"), at = names.value("to", Type.I32);
        var steps = new ArrayList<Loop>();
        var stores = new ArrayList<Loop>();
        stores.add(new Loop.Let(at, add(block.sums(), multiply(ref(tile), i32(tokens * stride)))));
        for (int t = 0; t < tokens; t++) {
            Var sum = names.value("sum", Type.I32);
            steps.add(new Loop.Let(sum, sum(add(multiply(block.tokens(), i32(tokens)), i32(t)), group, 1)));
            for (int a = 0; a < g.accumulators().rows().size(); a++) {
                Expr start = multiply(load(first, i32(a * lanes), lanes), broadcast(lanes, ref(sum)));
                stores.add(new Loop.Store(sums, add(ref(at), i32(t * stride + a * lanes)), start, null));
            }
        }
        steps.add(Loop.loop(tile, tiles, Binding.SERIAL, Loop.block(stores)));
        return Loop.block(steps);
    }

    /// The sum of a token's group, in all lanes. It lies between its bounds already; said here, the interval analysis knows it too.
    Expr sum(Expr token, Expr group, int lanes) {
        Interval bounds = Parameters.ACTIVATION.upTo(g.groupSize());
        Expr one = load(prepared, add(i32(g.firstSum()), add(multiply(token, i32(g.groups())), group)), 1), sum = lanes == 1 ? one : broadcast(lanes, one);
        Expr most = Expr.binary(Operation.MIN, sum, new Expr.Int(sum.type(), bounds.high()));
        return Expr.binary(Operation.MAX, most, new Expr.Int(sum.type(), bounds.low()));
    }
}
